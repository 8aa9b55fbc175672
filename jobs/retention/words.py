"""Rules and reasons in plain words, for logs, previews and the portal."""

from __future__ import annotations

from django.utils.translation import gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from jobs.retention.engine.evaluation import Because, Saying
from jobs.retention.engine.policy import Rule, Selector, Template, Unit
from jobs.retention.judging import Decision

# What stands before and behind the number of a template.
KEEPS = {
    Template.LATEST_PUSHED: _("the most recently pushed (number)"),
    Template.LATEST_PULLED: _("the most recently pulled (number)"),
    Template.PUSHED_WITHIN: _("what was pushed within the last days (number)"),
    Template.PULLED_WITHIN: _("what was pulled within the last days (number)"),
    Template.ALWAYS: _("everything, always"),
    Template.LATEST_ACTIVE: _("the most recently pushed or pulled (number)"),
    Template.LAST_DAYS: _("what was pushed within the last days (number), as older clients say it"),
}
UNITS = {
    Unit.ARTIFACT: _("artifacts, each with all its tags"),
    Unit.TAG: _("tags, each by itself; the artifacts stay"),
}


WORDS = {
    Template.LATEST_PUSHED: ngettext_lazy("the most recently pushed one", "the %(n)d most recently pushed", "n"),
    Template.LATEST_PULLED: ngettext_lazy("the most recently pulled one", "the %(n)d most recently pulled", "n"),
    Template.LATEST_ACTIVE: ngettext_lazy(
        "the one most recently pushed or pulled", "the %(n)d most recently pushed or pulled", "n"
    ),
    Template.PUSHED_WITHIN: ngettext_lazy(
        "what was pushed within the last day", "what was pushed within the last %(n)d days", "n"
    ),
    Template.PULLED_WITHIN: ngettext_lazy(
        "what was pulled within the last day", "what was pulled within the last %(n)d days", "n"
    ),
}
WORDS[Template.LAST_DAYS] = WORDS[Template.PUSHED_WITHIN]


def what_it_keeps(template: Template, number: int) -> str:
    """As part of a sentence: ``the 10 most recently pushed``."""
    if template is Template.ALWAYS:
        return gettext("everything")
    return str(WORDS[template] % {"n": number})


def sentence_of(rule: Rule) -> str:
    """The whole rule: ``In ** keep the 10 most recently pushed with a tag v*, or without tags``."""
    text = gettext("In %(repositories)s keep %(what)s with tags %(tags)s") % {
        "repositories": _selected(rule.repositories),
        "what": what_it_keeps(rule.template, rule.parameter),
        "tags": _selected(rule.tags),
    }
    if rule.untagged:
        text = gettext("%(rule)s or without tags") % {"rule": text}
    return gettext("%(rule)s (disabled)") % {"rule": text} if rule.disabled else text


def reason_of(decision: Decision) -> str:
    """Why it stays or goes."""
    verdict = decision.verdict
    if verdict.because is Because.NO_RULE:
        return gettext("no rule is about it")
    if verdict.because is Because.IMMUTABLE:
        return gettext("a tag of it is immutable")
    if verdict.because is Because.PART:
        return gettext("it is part of %(other)s, which stays") % {"other": decision.other}
    if verdict.because is Because.FOLLOWS:
        stays, goes = gettext("it belongs to %(other)s, which stays"), gettext("it belongs to %(other)s, which goes")
        return (stays if decision.keeps else goes) % {"other": decision.other}
    return "; ".join(_said(saying) for saying in verdict.sayings if saying.keeps is verdict.keeps)


def _said(saying: Saying) -> str:
    words = {"rule": saying.rule, "what": what_it_keeps(saying.template, saying.parameter)}
    if saying.keeps:
        return gettext("rule %(rule)d keeps %(what)s, and it is among them") % words
    return gettext("rule %(rule)d keeps %(what)s, and it is not among them") % words


def _selected(selectors: tuple[Selector, ...]) -> str:
    """``v*, but not *-rc``."""
    wanted = [selector.pattern for selector in selectors if not selector.excludes]
    unwanted = [selector.pattern for selector in selectors if selector.excludes]
    words = gettext(" and ").join(wanted) or gettext("of any name")
    return gettext("%(wanted)s, but not %(unwanted)s") % {
        "wanted": words, "unwanted": gettext(" nor ").join(unwanted)
    } if unwanted else words  # fmt: skip
