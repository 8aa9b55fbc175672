"""Every change of users, groups, projects, members and robots: one function a verb.

Each checks the actor's permission first, then the input, and writes its rows and one audit record in one transaction. A
refusal is a :class:`accounts.errors.DomainError` and changes nothing. Whoever's rights change gets a new
``rights_version``, so that what was granted before is void.
"""
