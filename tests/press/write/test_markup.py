"""A written page is changed in the tags that need it, and nowhere else."""

import hashlib

import pytest

from press.write.markup import finish


def name(css):
    return "s" + hashlib.sha256(css.encode()).hexdigest()[:8]


HEADERS = {
    "<thead><tr><th>a</th></tr></thead>": '<thead><tr><th scope="col">a</th></tr></thead>',
    "<thead><tr><th\nclass='x'>a</th></tr></thead>": '<thead><tr><th scope="col" class="x">a</th></tr></thead>',
    '<thead><tr><th scope="row">a</th></tr></thead>': '<thead><tr><th scope="row">a</th></tr></thead>',
    "<THEAD><TR><TH>a</TH></TR></THEAD>": '<THEAD><TR><th scope="col">a</TH></TR></THEAD>',
    # an empty header cell is none
    "<thead><tr><th> \n</th></tr></thead>": "<thead><tr><td> \n</td></tr></thead>",
    '<thead><tr><th id="x" scope="col"></th></tr></thead>': '<thead><tr><td id="x"></td></tr></thead>',
    "<thead><tr><th>&nbsp;</th></tr></thead>": '<thead><tr><th scope="col">&nbsp;</th></tr></thead>',
    "<thead><tr><th><br></th></tr></thead>": '<thead><tr><th scope="col"><br></th></tr></thead>',
    # what is no head's cell stays
    "<tbody><tr><th>a</th></tr></tbody>": "<tbody><tr><th>a</th></tr></tbody>",
    "<thead></thead><tbody><tr><th></th></tr></tbody>": "<thead></thead><tbody><tr><th></th></tr></tbody>",
}


@pytest.mark.parametrize(("page", "finished"), HEADERS.items())
def test_header_cells_say_what_they_head(page, finished):
    styles = {}
    assert finish(page, styles) == finished
    assert styles == {}


RED = "color: red"
STYLES = {
    '<p style="color: red;">a</p>': f'<p class="{name(RED)}">a</p>',
    "<p style='color: red'>a</p>": f'<p class="{name(RED)}">a</p>',
    "<p STYLE=' color: red; '>a</p>": f'<p class="{name(RED)}">a</p>',
    '<p id="x" style="color: red" class="y z">a</p>': f'<p id="x" class="{name(RED)} y z">a</p>',
    '<img alt="a > b, &quot;c&quot;" style="color: red" hidden />': f'<img class="{name(RED)}" alt="a &gt; b, &quot;c&quot;" hidden />',
}


@pytest.mark.parametrize(("page", "finished"), STYLES.items())
def test_a_style_becomes_a_class(page, finished):
    styles = {}
    assert finish(page, styles) == finished
    assert styles == {RED: name(RED)}


def test_styles_are_gathered_over_pages_and_both_changes_meet_in_one_tag():
    styles = {}
    row = finish('<thead>\n<tr>\n<th style="width: 10%">ä</th><th style="width: 10%"></th></tr></thead>', styles)
    assert row == (
        f'<thead>\n<tr>\n<th class="{name("width: 10%")}" scope="col">ä</th><td class="{name("width: 10%")}"></td></tr></thead>'
    )
    finish('<p style="color: red">a</p>', styles)
    assert set(styles) == {"width: 10%", RED}


def test_a_bar_is_one_that_grows_with_what_is_below_it():
    written = '<mover><mtext>SES</mtext><mo accent="true">{}</mo></mover>'
    assert finish(written.format("¯"), {}) == written.format("‾")
    assert finish(written.format("^"), {}) == written.format("^")


def test_an_address_may_end_a_line_so_that_no_stop_is_alone():
    written = '<p><a href="https://doi.org/10.1/a.b">https://doi.org/10.1/a.b</a>. <a href="x">a/b</a></p>'
    shown = "https://doi<wbr>.org/<wbr>10<wbr>.1/<wbr>a<wbr>.b"
    assert finish(written, {}) == written.replace(">https://doi.org/10.1/a.b", f">{shown}")


UNTOUCHED = [
    "<!doctype html>\n<p>A &amp; b &lt;p style=&quot;x&quot;> c&nbsp;d &copy e",
    '<!-- <p style="color: red"> <thead><th>a</th></thead> -->',
    "<script>const s = '<p style=\"color: red\">';</script>",
    '<p title=\'<p style="color: red">\' data-style="x">a</p>',
    "<ul><li>not <b>closed",
]


@pytest.mark.parametrize("page", UNTOUCHED)
def test_all_else_stays_to_the_letter(page):
    styles = {}
    assert finish(page, styles) == page
    assert styles == {}
