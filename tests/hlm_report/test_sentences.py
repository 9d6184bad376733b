"""Each sentence of a report has data on which it must appear and data on which it must not, and carries a number of theirs."""

import re

import pytest
from cases import NAMES, REAL, report

from hlm_report import say, warnings
from hlm_report.sentences import SENTENCES, topics

# Each sentence, cases in which it is said, and cases in which it is not. A sentence that is in no line fails the test.
SAID = """
# rows
rows_in_groups                   | sector, hsb                | growth, penicillin
rows_in_several_factors          | growth, penicillin         | sector, hsb
nothing_missing                  | sector, hsb                | penguins, airquality
rows_left_out                    | penguins, airquality       | sector, hsb
groups_left_out                  | low scores lack ses        | some rows lack ses, airquality
left_out_differ                  | low scores lack ses        | some rows lack ses, airquality
left_out_alike                   | some rows lack ses         | low scores lack ses, hsb
left_out_unknown                 | airquality                 | penguins, hsb
columns_left_out                 | twice                      | hsb, ceiling
# sizes
sizes_equal                      | sleep, orthodont           | sector, hsb
sizes_unequal                    | sector, hsb                | sleep, orthodont
sizes_very_unequal               | chemistry, uneven          | coma, hsb
groups_of_one                    | coma, chemistry            | ratpups, hsb
few_groups                       | sleep, growth              | hsb, barley
very_few_groups                  | barley, penguins           | sleep, oats
# columns
nearly_of_the_group              | pupils                     | hsb, ratpups
outcome_of_few_values            | penicillin, chemistry      | hsb, oats
outcome_at_its_end               | ceiling                    | hsb, chemistry
factor_of_many_levels            | cigarettes, noise          | barley, penguins
# null
groups_differ                    | sector, hsb                | barley, dyestuff2
groups_not_told_apart            | barley, noise             | sector, hsb
groups_have_no_test              | untested                   | noise, hsb
no_variance_between              | dyestuff2                  | barley, penguins
spread_of_groups                 | sector, hsb                | barley, dyestuff2
spread_may_be_zero               | barley, noise             | hsb, dyestuff2
range_of_means                   | sector, hsb                | barley, penguins
rows_are_not_independent         | sector, hsb                | barley, dyestuff2
means_unreliable                 | coma                       | orthodont, hsb
means_reliable                   | sector, hsb                | orthodont, barley
# gain
predictors_help                  | sector, hsb                | barley, coma
predictors_do_not_help           | barley, coma               | sector, hsb
predictors_have_no_test          | untested                   | noise, hsb
no_predictors                    | penicillin, dyestuff2      | sector, hsb
variance_explained               | sector, hsb                | penicillin, dyestuff2
variance_grown                   | sleep, growth              | sector, hsb
# null
variance_by_factor               | growth, penicillin         | sector, hsb
# coefficients
has_a_slope                      | hsb, sleep                 | sector, barley
has_no_slope_to_tell             | pupils, coma               | sector, hsb
differs                          | sector, hsb                | sleep, orthodont
does_not_differ                  | orthodont, barley          | sector, hsb
levels_differ                    | cigarettes                 | noise, barley
levels_do_not_differ             | noise                      | cigarettes, barley
is_a_mean                        | cell means                 | by level, nested
has_no_test                      | untested                   | noise, hsb
levels_have_no_test              | untested                   | noise, hsb
at_zero_of_the_other             | orthodont, by level        | sector, hsb
few_degrees_of_freedom           | penguins, few schools      | sector, hsb
slopes_differ_by                 | by level                   | sector, orthodont
slopes_do_not_differ_by          | parallel                   | orthodont, hsb
slopes_differ_by_level           | orthodont, by level        | nested, cell means
slopes_do_not_differ_by_level    | by level                   | orthodont, nested
is_a_slope_at_a_level            | nested                     | by level, orthodont
differences_differ               | by level                   | nested, orthodont
differences_do_not_differ        | cell means                 | by level, nested
of_a_function                    | oats, nested               | orthodont, by level
# errors
error_from_groups                | sector, hsb                | orthodont, barley
error_from_rows                  | ratpups, pupils            | sector, hsb
error_without_groups             | penguins                   | barley, dyestuff2
error_from_both                  | hsb, orthodont             | sector, sleep
error_by_formula                 | sector, ratpups            | hsb, sleep
error_not_by_formula             | ratpups, uneven            | sector, coma
# ols
ols_too_sure                     | sector, hsb                | orthodont, barley
ols_would_announce               | pupils, few schools        | sector, orthodont
ols_too_cautious                 | orthodont, ratpups         | sector, hsb
ols_would_miss                   | orthodont                  | sector, hsb
ols_estimates_another            | hsb, cigarettes            | sector, sleep
ols_agrees                       | barley, chemistry          | sector, hsb
# tests
method_decides                   | few schools                | penguins, ratpups
kenward_roger_widens             | penguins, airquality       | sector, hsb
kenward_roger_agrees             | sleep, orthodont           | sector, hsb
satterthwaite_serves             | sector, hsb                | sleep, orthodont
# within-between
slopes_within_and_between_differ | hsb, pupils                | sector, sleep
slopes_within_and_between_agree  | parallel                   | hsb, sleep
slopes_of_opposite_sign          | opposite                   | hsb, parallel
predictor_mostly_between         | opposite, parallel         | sector, hsb
# slopes
slopes_vary                      | hsb, sleep                 | sector, orthodont
slopes_not_told_apart            | orthodont, noise           | sleep, parallel
slopes_do_not_vary               | parallel                   | orthodont, noise
slopes_have_no_test              | untested                   | noise, hsb
range_of_slopes                  | hsb, sleep                 | sector, ratpups
slopes_of_other_sign             | sleep, noise               | sector, hsb
slopes_go_with_intercepts        | hsb, pupils                | sector, sleep
correlation_unknown              | sleep, orthodont           | sector, hsb
lines_closest                    | hsb, sleep                 | sector, ratpups
correlation_at_its_end           | noise                      | orthodont, pupils
slope_needs_its_variance         | hsb, sleep                 | sector, ratpups
# residuals
residuals_have_long_tails        | sleep, ratpups             | sector, hsb
residuals_have_no_long_tails     | sector, hsb                | sleep, ratpups
spread_changes                   | ratpups, pupils            | sector, hsb
spread_not_told                  | sleep, barley              | sector, hsb
spread_is_steady                 | sector, hsb                | sleep, ratpups
residuals_rise                   | coma                       | orthodont, hsb
groups_spread_differently        | sector, hsb                | sleep, orthodont
# deviations
a_group_far_out                  | cigarettes, opposite       | sector, hsb
no_group_far_out                 | sector, hsb                | barley, cigarettes
# influence
no_group_decides                 | sector, hsb                | barley, cigarettes
no_group_tried_decides           | growth, chemistry          | sector, hsb
a_group_decides                  | cigarettes, penguins       | sector, hsb
a_group_turns_a_test             | orthodont, opposite        | hsb, sleep
too_few_to_leave_out             | barley                     | penguins, airquality
# boundary
singular                         | penguins, dyestuff2        | pupils, barley
nearly_singular                  | pupils, one line           | penguins, hsb
not_singular                     | sector, hsb                | pupils, penguins
not_converged                    | not converged              | ratpups, penguins
singular_without_a_group         | orthodont, airquality      | sector, hsb
# paragraph
reported_model                   | sector, ratpups            | hsb, sleep
reported_model_with_slopes       | hsb, sleep                 | sector, ratpups
reported_missing                 | penguins, airquality       | sector, hsb
reported_icc                     | sector, hsb                | penicillin, dyestuff2
reported_factor                  | cigarettes, noise          | sector, hsb
reported_differences             | sector, hsb                | penicillin, dyestuff2
reported_none                    | orthodont, pupils          | sector, hsb
reported_variances               | sector, hsb                | penguins, dyestuff2
reported_singular                | penguins, dyestuff2        | sector, hsb
"""
LINES = {line.split("|")[0].strip(): line for line in SAID.strip().splitlines() if not line.startswith("#")}
# What a description of data cannot say; "design effect" is a name.
CAUSAL = (
    r"(?<!design )\beffects?\b|\bcaus(e|es|ed|al|ing)\b|\bimpacts?\b|\bleads? to\b|\bdue to\b|\baffects?\b|\bimprove"
)


def cases_of(name: str) -> tuple[list[str], list[str]]:
    _, must, must_not = ([text.strip() for text in part.split(",")] for part in LINES[name].split("|"))
    return must, must_not


def test_every_sentence_is_in_the_table():
    assert set(LINES) == set(SENTENCES)


@pytest.fixture(scope="module")
def said():
    """By sentence, what is said in which case."""
    found = {name: {} for name in SENTENCES}
    for case in NAMES:
        for name, one in SENTENCES.items():
            if words := [text for _, text in one.said(report(case))]:
                found[name][case] = words
    return found


# One test, not one for each sentence: two workers would fit all the models twice.
def test_sentences_are_said_where_they_are_true_and_nowhere_else(said):
    wrong = []
    for name in LINES:
        must, must_not = cases_of(name)
        wrong += [f"{name} is not said of {case}" for case in must if case not in said[name]]
        wrong += [f"{name} is said of {case}: {said[name][case][0]}" for case in must_not if case in said[name]]
    assert not wrong, "\n".join(wrong)
    for name, by_case in said.items():
        texts = [text for words in by_case.values() for text in words]
        for text in texts:
            assert re.search(r"\d", re.sub(r"`[^`]*`", "", text)), f"{name} carries no number: {text}"
            assert not re.search(CAUSAL, re.sub(r"`[^`]*`", "", text), re.I), f"{name} speaks of causes: {text}"
            assert re.match(r"[A-Z0-9`]", text), f"{name} begins with a small letter: {text}"
            assert text.rstrip().endswith("."), f"{name} has no full stop: {text}"
            assert not re.search(r"\bnan\b|None|np\.|  |<bound|\binf\b", text), f"{name}: {text}"
        real = [words[0] for case, words in by_case.items() if case in REAL and case != "sector"]
        assert len(real) < 2 or len(set(real)) > len(real) / 2, f"{name} says the same of different data: {real}"
    # What excludes each other is never said of the same thing, and one of the two always is.
    for one, other in (
        ("nothing_missing", "rows_left_out"),
        ("rows_in_groups", "rows_in_several_factors"),
        ("residuals_have_long_tails", "residuals_have_no_long_tails"),
        ("reported_variances", "reported_singular"),
        ("reported_model", "reported_model_with_slopes"),
    ):
        assert not set(said[one]) & set(said[other])
        assert set(said[one]) | set(said[other]) == set(NAMES)
    for case in NAMES:
        boundary = [name for name in ("singular", "nearly_singular", "not_singular") if case in said[name]]
        assert len(boundary) == 1, case


def test_topics_are_put_together_by_what_they_are_about():
    text = say(report("hsb"), "ols").text
    ses, sector = text.strip().split("\n- ")
    assert ses.startswith("- `ses`: OLS gives the standard error")
    assert "The estimate of `ses` itself is another" in ses
    assert sector.startswith("`sector`")
    assert say(report("barley"), "sizes").text.count('::: {.callout-warning title="Take care"}') == 1
    assert not say(report("sector"), "slopes")
    with pytest.raises(KeyError, match="no sentence is about 'slope'"):
        say(report("sector"), "slope")
    assert topics()[:3] == ["rows", "sizes", "columns"]


def test_all_warnings_stand_in_one_list():
    assert warnings(report("sector")).text.startswith("Nothing was found")
    found = warnings(report("penguins")).text
    assert found.count("\n- ") + found.startswith("- ") == 3  # few groups, one that decides, singular
    assert "The fit is singular" in found
