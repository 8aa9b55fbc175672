"""The scene on which every client acts: one private and one public project, and people with different rights."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.actors import SYSTEM
from accounts.models import Project
from accounts.permissions import Role
from registry_api.models import ImmutableRule
from registry_api.services.immutable_rules import save_immutable_rule
from tests.support.people import People, Person, unique
from tests.support.product import Product
from tests.support.registry import Image, Registry


@dataclass(frozen=True)
class Scene:
    """``owner`` administers both projects, ``guest`` may only read them, ``stranger`` has no role anywhere.

    ``robot`` may pull, push and delete in the private project.
    """

    address: str
    private: Project
    public: Project
    admin: Person
    owner: Person
    developer: Person
    guest: Person
    stranger: Person
    robot: Person
    people: People

    def repository(self, project: Project | None = None) -> str:
        """A new repository's name without the address; in the private project unless told otherwise."""
        return f"{(project or self.private).name}/{unique('repository')}"

    def reference(self, project: Project | None = None, tag: str = "1") -> str:
        """A new repository with address and tag, as clients want it."""
        return f"{self.address}/{self.repository(project)}:{tag}"

    def prepared(self, image: Image, project: Project | None = None) -> str:
        """Pushes the image, by our own client, to a new repository; returns its reference."""
        reference = self.reference(project)
        repository, tag = self.parts(reference)
        self.registry(self.owner).push_image(repository, image, tag)
        return reference

    def image_at(self, reference: str) -> Image:
        """What the registry has there, with all its blobs."""
        return self.registry(self.owner).pull(*self.parts(reference))

    def parts(self, reference: str) -> tuple[str, str]:
        """Repository and tag."""
        repository, _, tag = reference.removeprefix(f"{self.address}/").rpartition(":")
        return repository, tag

    def registry(self, person: Person | None) -> Registry:
        """Our own client, to prepare and to look behind the one under test."""
        return Registry(self.address, person)

    def full_project(self) -> Project:
        """A project of the owner where the next kilobytes exceed the quota."""
        return self.people.new_project(self.owner, storage_limit=1000)

    def project_with_immutable_tags(self) -> Project:
        project = self.people.new_project(self.owner)
        rule = ImmutableRule(project=project, repository_pattern="**", tag_pattern="**")
        save_immutable_rule(actor=SYSTEM, rule=rule)
        return project


def make_scene(product: Product, people: People) -> Scene:
    owner, developer, guest, stranger = (people.new_user() for _ in range(4))
    private, public = people.new_project(owner), people.new_project(owner, "public")
    for project in (private, public):
        people.join(developer, project, Role.DEVELOPER)
        people.join(guest, project, Role.GUEST)
    robot = people.new_robot(private)
    return Scene(product.address, private, public, product.admin, owner, developer, guest, stranger, robot, people)
