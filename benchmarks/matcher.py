"""Matches per second of `constructs_lib.filters`, beside the other Python engines that are installed.

Run it with `python -m benchmarks.matcher`. Each engine gets its pattern compiled and the event parsed, as far as
it can. The rates depend on the machine; the ratios of one run can be compared.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
import time
from typing import TYPE_CHECKING, Any

from constructs_lib.filters import Matcher, RuleSet

if TYPE_CHECKING:
    from collections.abc import Callable

    Pattern = dict[str, Any]
    Match = Callable[[], object]

_SOURCE = "aws.partner/saasus.io/00000000-0000-4000-8000-000000000000-1/event"
_DETAIL = {
    "http_status": "201",
    "uri": "/v1/auth/tenants",
    "request_method": "POST",
    "request_body": json.dumps({"name": "acme", "attributes": {"city": "Tokyo"}}, separators=(",", ":")),
    "response_body": json.dumps({"id": "00000000-0000-4000-8000-000000000001", "name": "acme"}, separators=(",", ":")),
    "referer": "https://example.com/tenants",
}
EVENT: Pattern = {
    "version": "0",
    "id": "00000000-0000-4000-8000-000000000002",
    "detail-type": "SaaSus Event",
    "source": _SOURCE,
    "account": "123456789012",
    "time": "2026-01-01T00:00:00Z",
    "region": "ap-northeast-1",
    "resources": [],
    "detail": {
        "event_type": "CreateTenant",
        "trace_id": "00000000-0000-4000-8000-000000000003",
        "event": json.dumps(_DETAIL, separators=(",", ":")),
    },
}
SIMPLE: Pattern = {"source": [_SOURCE], "detail": {"event_type": ["CreateTenant"]}}
WILDCARD: Pattern = {"source": [_SOURCE], "detail": {"event": [{"wildcard": '*"http_status":"2*"uri":"/v1/auth/*'}]}}


def rules(count: int = 100) -> dict[str, Pattern]:
    """Return rules as filters make them; 30 in 100 match `EVENT`: by event type, by route, by source alone."""
    made: dict[str, Pattern] = {}
    for number in range(count):
        hits = number % 10 < 3
        kind = number % 3
        if kind == 0:
            detail: Pattern = {"event_type": ["CreateTenant" if hits else "DeleteTenant", f"Other{number}"]}
        elif kind == 1:
            route = '/v1/auth/tenants"' if hits else f'/v1/auth/users/{number}/*"'
            detail = {
                "event_type": [{"anything-but": ["CreateSaasUser", f"Other{number}"]}],
                "event": [{"wildcard": f'*"uri":"{route}request_method":"*' if not hits else f'*"uri":"{route},*'}],
            }
        else:
            status = "2" if hits else "5"
            detail = {"event_type": ["CreateTenant"], "event": [{"wildcard": f'*"http_status":"{status}*'}]}
        made[f"rule {number}"] = {"source": [_SOURCE], "detail": detail}
    return made


def _rate(match: Match, seconds: float) -> float:
    best = 0.0
    for _ in range(3):
        count, step, start = 0, 1, time.perf_counter()
        while (spent := time.perf_counter() - start) < seconds:
            for _ in range(step):
                match()
            count += step
            step = min(step * 2, 1000)
        best = max(best, count / spent)
    return best


def _ours() -> tuple[Match, Match, Match]:
    simple, wildcard, many = Matcher(SIMPLE), Matcher(WILDCARD), RuleSet(rules())
    return lambda: simple.matches(EVENT), lambda: wildcard.matches(EVENT), lambda: many.matching(EVENT)


def _each(compiled: Callable[[Pattern], Callable[[], bool]]) -> tuple[Match, Match, Match]:
    all_rules = [compiled(pattern) for pattern in rules().values()]
    return compiled(SIMPLE), compiled(WILDCARD), lambda: [match() for match in all_rules]


def _ministack() -> tuple[Match, Match, Match]:
    engine = importlib.import_module("ministack.services.eventbridge")

    def compiled(pattern: Pattern) -> Callable[[], bool]:
        alternatives = engine._compile_pattern(json.loads(json.dumps(pattern)))  # noqa: SLF001
        matches = engine._matches_detail  # noqa: SLF001
        return lambda: any(matches(EVENT, alternative) for alternative in alternatives)

    return _each(compiled)


def _moto() -> tuple[Match, Match, Match]:
    engine = importlib.import_module("moto.events.models")

    def compiled(pattern: Pattern) -> Callable[[], bool]:
        matcher = engine.EventPattern(json.dumps(pattern), pattern)
        return lambda: bool(matcher.matches_event(EVENT))

    return _each(compiled)


def _localstack() -> tuple[Match, Match, Match]:
    module = importlib.import_module("localstack.services.events.event_rule_engine")
    engine, compiler = module.EventRuleEngine(), module.EventPatternCompiler()

    def compiled(pattern: Pattern) -> Callable[[], bool]:
        ready = compiler.compile_event_pattern(pattern)
        return lambda: bool(engine.evaluate_pattern_on_event(ready, EVENT))

    return _each(compiled)


_OTHERS = {"ministack": _ministack, "moto": _moto, "localstack": _localstack}


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=0.5, help="time for each of three measurements")
    seconds = parser.parse_args().seconds
    simple, wildcard, many = _ours()
    hits = RuleSet(rules()).matching(EVENT)
    ours = [_rate(match, seconds) for match in (simple, wildcard, many)]
    write = sys.stdout.write
    write(f"Event of {len(json.dumps(EVENT))} bytes; of the 100 rules {len(hits)} match.\n\n")
    write(f"{'events per second':20}{'simple':>12}{'wildcard':>12}{'100 rules':>12}\n")
    write(f"{'constructs_lib':20}" + "".join(f"{rate:12,.0f}" for rate in ours) + "\n")
    for name, prepare in _OTHERS.items():
        try:
            matches = prepare()
        except ImportError:
            write(f"{name:20}{'not installed':>36}\n")
            continue
        rates = [_rate(match, seconds) for match in matches]
        write(f"{name:20}" + "".join(f"{rate:12,.0f}" for rate in rates) + "\n")
        factors = (mine / theirs for mine, theirs in zip(ours, rates, strict=True))
        write(f"{'  ours is':20}" + "".join(f"{factor:11,.1f}x" for factor in factors) + "\n")
    write(f"\n100 rules go at {ours[2] / ours[0]:.2f} of the rate of one simple rule, ")
    write(f"{ours[2] / ours[1]:.2f} of one wildcard rule.\n")


if __name__ == "__main__":
    main()
