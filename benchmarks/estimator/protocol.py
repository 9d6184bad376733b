"""What every worker written in Python does: read requests from stdin, a JSON object a line, and answer each by a line.

A worker brings a `program` with these methods; only what the tables call a time is timed.

    read(path)                  the slides' data, in the frame the program likes best
    with_response(data, y)      the same frame with another response
    estimate(data, model)       a fit: estimates and standard errors
    table(fit, data)            what is still missing from a coefficient table: Satterthwaite's d.f., t and p
    answer(what table gave)     the fit's numbers, for comparison with the reference
    kenward_roger(fit, data)    a coefficient table by Kenward and Roger: (standard errors, d.f.)
    prepare(data, model)        what serves to refit; refit(prepared, y) fits another response on the same design
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from time import perf_counter
from typing import Any

TURN = 0.1  # seconds: a program's turn is one fit, or as many as fit into this


def serve(program: Any) -> None:
    """Answer requests until stdin ends; a failure is an answer too."""
    state: dict[str, Any] = {}
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = ACTIONS[request.pop("do")](program, state, **request)
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


def lme4_formula(model: dict[str, str]) -> str:
    return model.get("formula") or f"{model['fixed']} + ({model['random']} | {model['group']})"


def timed(action: Callable[[Any], Any], before: Callable[[], Any] = lambda: None) -> tuple[list[float], Any]:
    """Seconds that the action took, each time, and its last result. What `before` makes is not timed."""
    seconds: list[float] = []
    while not seconds or sum(seconds) < TURN:
        given = before()
        start = perf_counter()
        result = action(given)
        seconds.append(perf_counter() - start)
    return seconds, result


def _read(program: Any, state: dict[str, Any], path: str) -> dict[str, Any]:
    state["data"] = program.read(path)
    return {"versions": program.versions()}


def _fit(program: Any, state: dict[str, Any], model: dict[str, str]) -> dict[str, Any]:
    data = state["data"]
    seconds, fit = timed(lambda _: program.table(program.estimate(data, model), data))
    return {"seconds": seconds, "answer": program.answer(fit)}


def _kenward_roger(program: Any, state: dict[str, Any], model: dict[str, str]) -> dict[str, Any]:
    data = state["data"]
    seconds, (se, df) = timed(
        lambda fit: program.kenward_roger(fit, data), before=lambda: program.estimate(data, model)
    )
    return {"seconds": seconds, "answer": {"se": list(se), "df": list(df)}}


def _refit(program: Any, state: dict[str, Any], model: dict[str, str], response: list[float]) -> dict[str, Any]:
    changed, prepared = program.with_response(state["data"], response), program.prepare(state["data"], model)
    fresh, _ = timed(lambda _: program.estimate(changed, model))
    again, _ = timed(lambda _: program.refit(prepared, response))
    return {"fresh": fresh, "seconds": again}


ACTIONS = {"read": _read, "fit": _fit, "kenward_roger": _kenward_roger, "refit": _refit}
