// Swagger UI over the API's own document. A change by a session carries the token that the answer before gave.
"use strict";

(function () {
    const HEADER = "x-harbor-csrf-token";
    const SAFE = ["GET", "HEAD", "OPTIONS"];
    const place = document.getElementById("swagger-ui");
    let token = place.dataset.csrfToken;

    window.SwaggerUIBundle({
        domNode: place,
        url: place.dataset.document,
        deepLinking: true,
        docExpansion: "none",
        filter: true,
        // Nothing is sent to anybody else to be judged.
        validatorUrl: null,
        requestInterceptor: function (request) {
            if (token && !SAFE.includes((request.method || "GET").toUpperCase())) {
                request.headers[HEADER] = token;
            }
            return request;
        },
        responseInterceptor: function (response) {
            token = (response.headers && response.headers[HEADER]) || token;
            return response;
        },
    });
})();
