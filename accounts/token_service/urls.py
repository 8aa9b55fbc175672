"""Routes of the token service."""

from django.urls import path

from accounts.token_service import views

urlpatterns = [
    path("service/token", views.token),
    path("service/token/revoke", views.revoke),
    path("service/token/jwks.json", views.jwks),
    path(".well-known/jwks.json", views.jwks),
]
