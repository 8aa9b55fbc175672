"""The fast path is a cache and nothing else: with it and without it the same requests get the same bytes.

Two products run on one database, one store and one set of counters; one has the fast path, the other has not. A
generated sequence pushes, tags anew, deletes, mounts, and takes rights away and gives them back; after each step many
requests are made of both, by people with different rights, and compared to the byte but for the date and the request's
own id.
"""

from __future__ import annotations

import random
from collections import Counter

import pytest

from accounts.actors import SYSTEM
from accounts.models import Member
from accounts.permissions import Role
from accounts.services.members import add_member, change_member_role, remove_member
from accounts.services.projects import update_project
from accounts.services.robots import set_robot_disabled
from registry_api.models import Manifest
from tests.server.client import Client, request
from tests.support.registry import Registry, random_image

pytestmark = pytest.mark.slow

TAGS = ("latest", "stable", "v1")
# A configuration that stays in memory, and a layer that is sent as a file.
SMALL, LARGE = 2000, 200_000


class World:
    """The two products, the people, and what has been pushed so far."""

    def __init__(self, fast, slow, people, seed):
        self.chance = random.Random(seed)
        self.fast, self.slow = fast, slow
        self.owner = people.new_user()
        self.guest = people.new_user()
        self.project = people.new_project(self.owner)
        people.join(self.guest, self.project, Role.GUEST)
        self.robot = people.new_robot(self.project)
        self.stranger = people.new_user()
        self.repositories = [f"{self.project.name}/{name}" for name in ("one", "two/deep")]
        self.images = [random_image(layers=1, size=size) for size in (SMALL, LARGE, SMALL, LARGE)]
        self.clients = [Registry(product.address, fast.admin) for product in (fast, slow)]
        self.tokens = []

    # Changes

    def registry(self):
        """Changes come through either product: each must hear of what the other did."""
        return self.chance.choice(self.clients)

    def repository(self):
        return self.chance.choice(self.repositories)

    def push(self):
        self.registry().push_image(self.repository(), self.chance.choice(self.images), self.chance.choice(TAGS))

    def push_index(self):
        repository, children = self.repository(), self.chance.sample(self.images, 2)
        for child in children:
            self.registry().push_image(repository, child)
        self.registry().make_index(repository, self.chance.choice(TAGS), children=children)

    def push_referrer(self):
        repository, subject = self.repository(), self.chance.choice(self.images)
        self.registry().push_image(repository, subject)
        self.registry().make_image(repository, layers=1, size=10, subject=subject.descriptor)

    def delete_tag(self):
        self.registry().request("DELETE", f"/v2/{self.repository()}/manifests/{self.chance.choice(TAGS)}")

    def delete_manifest(self):
        digest = self.chance.choice(self.images).digest
        self.registry().request("DELETE", f"/v2/{self.repository()}/manifests/{digest}")

    def delete_blob(self):
        digest = self.chance.choice(list(self.chance.choice(self.images).blobs))
        self.registry().request("DELETE", f"/v2/{self.repository()}/blobs/{digest}")

    def mount_blob(self):
        digest = self.chance.choice(list(self.chance.choice(self.images).blobs))
        self.registry().mount_blob(self.repositories[0], digest, self.repositories[1])

    def change_visibility(self):
        self.project.refresh_from_db()
        wanted = "private" if self.project.visibility == "public" else "public"
        update_project(actor=SYSTEM, project=self.project, visibility=wanted)

    def change_membership(self):
        member = Member.objects.filter(project=self.project, user_id=self.guest.actor.id).first()
        if member is None:
            add_member(actor=SYSTEM, project=self.project, role=Role.GUEST, user=self.guest.user)
        elif self.chance.random() < 0.5:
            remove_member(actor=SYSTEM, member=member)
        else:
            change_member_role(
                actor=SYSTEM, member=member, role=self.chance.choice([Role.LIMITED_GUEST, Role.DEVELOPER])
            )

    def change_robot(self):
        robot = self.robot.robot
        set_robot_disabled(actor=SYSTEM, robot=robot, disabled=not robot.disabled)

    def take_new_tokens(self):
        """Beside the old ones, which have to go on being refused, or taken, by both alike."""
        for person in (self.owner, self.guest, self.robot, self.stranger, None):
            registry = Registry(self.slow.address, person)
            token = registry.token(scope=[f"repository:{name}:pull" for name in self.repositories])
            if token:
                self.tokens.append(token)
        self.tokens = self.tokens[-12:]

    def step(self):
        change = self.chance.choices(
            [
                *(self.push, self.push_index, self.push_referrer, self.delete_tag, self.delete_manifest),
                *(self.delete_blob, self.mount_blob, self.change_visibility, self.change_membership),
                *(self.change_robot, self.take_new_tokens),
            ],
            [6, 2, 1, 3, 2, 2, 2, 1, 2, 2, 2],
        )[0]
        change()
        return change.__name__

    # Questions

    def paths(self):
        image = self.chance.choice(self.images)
        for repository in self.repositories:
            yield f"/v2/{repository}/manifests/{self.chance.choice(TAGS)}"
            yield f"/v2/{repository}/manifests/{image.digest}"
            yield f"/v2/{repository}/blobs/{self.chance.choice(list(image.blobs))}"
        repository = self.repository()
        yield self.chance.choice(["/v2/", f"/v2/{repository}/tags/list", f"/v2/{repository}/referrers/{image.digest}"])

    def compare(self, seen):
        for path in self.paths():
            # What one may see must not be shown to the other, whoever asks first.
            one, other = ({"Authorization": f"Bearer {token}"} for token in self.chance.choices(self.tokens, k=2))
            part = {**one, "Range": "bytes=5-9"}
            asked = [("GET", one), ("GET", other), ("HEAD", one), ("GET", one), ("HEAD", other), ("GET", part)]
            fast, slow = ask(self.fast, path, asked), ask(self.slow, path, asked)
            for (method, _), ours, reference in zip(asked, fast, slow, strict=True):
                assert comparable(ours) == comparable(reference), (method, path)
                assert ours.body == reference.body, (method, path)
            seen.update(fast)


def ask(product, path, asked):
    """All on one connection, so that one process gets them and answers from its memory if it ever does."""
    host, _, port = product.address.partition(":")
    with Client((host, int(port)), timeout=60) as client:
        return [
            client.send(request(method, path, **headers)).answer(is_head=method == "HEAD") for method, headers in asked
        ]


def comparable(answer):
    return [
        line for line in answer.raw_head.split(b"\r\n") if not line.lower().startswith((b"date:", b"x-request-id:"))
    ]


class Seen:
    """What was compared: without answers from memory, and without refusals, a comparison would say nothing."""

    def __init__(self):
        self.statuses = Counter()
        self.from_memory = 0

    def update(self, answers):
        self.statuses.update(answer.status for answer in answers)
        # The ids of answers from memory begin with the process's own half; all others are random.
        halves = Counter(answer.headers.get("x-request-id", "")[:16] for answer in answers if answer.status == 200)
        self.from_memory += sum(count for count in halves.values() if count > 1)


@pytest.fixture(scope="module")
def two_products(admin):
    from tests.support.product import Product

    products = [
        Product(admin, {"PORTOLAN_FAST_PATH": switch, "PORTOLAN_TOKEN_EXPIRATION": "30"}, whole=False)
        for switch in ("true", "false")
    ]
    for product in products:
        product.start()
    yield products
    for product in products:
        product.stop()


def compare_sequence(two_products, people, seed, steps):
    world, seen, done = World(*two_products, people, seed), Seen(), Counter()
    for _ in range(3):
        world.push()
    world.take_new_tokens()
    for _ in range(steps):
        done[world.step()] += 1
        world.compare(seen)
    assert seen.from_memory > steps, (seen.from_memory, seen.statuses)
    return seen


def test_a_short_sequence(two_products, people):
    compare_sequence(two_products, people, seed=1, steps=12)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 6))
def test_long_sequences(two_products, people, seed):
    seen = compare_sequence(two_products, people, seed, steps=60)
    assert seen.statuses.keys() >= {200, 206, 401, 404}, seen.statuses


def test_every_pull_is_counted_whoever_answered_it(people, make_product):
    product = make_product()
    owner = people.new_user()
    project = people.new_project(owner)
    repository = f"{project.name}/counted"
    registry = Registry(product.address, owner)
    image = registry.make_image(repository, "latest")
    token = registry.token(scope=f"repository:{repository}:pull")
    paths = [f"/v2/{repository}/manifests/latest", f"/v2/{repository}/manifests/{image.digest}"]
    asked = [("GET", {"Authorization": f"Bearer {token}"})] * 20 + [("HEAD", {"Authorization": f"Bearer {token}"})] * 5
    seen = Seen()
    for path in paths:
        answers = ask(product, path, asked)
        assert {answer.status for answer in answers} == {200}
        seen.update(answers)
    assert seen.from_memory > 20
    product.stop()
    manifest = Manifest.objects.get(digest=image.digest, repository__name=repository)
    assert manifest.pull_count == 40
    assert manifest.pull_time is not None
