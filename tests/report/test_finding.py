"""The finding says what the numbers say, whatever there is to compare."""

from simulator.report.finding import state_finding

NET = {
    "layer": 2,
    "liquidity_need": 11_200_000_000_000,
    "securities_need": 10_000,
    "gross_value": 1_000,
    "value_moved": 123,
}
GROSS = {
    "layer": 3,
    "liquidity_need": 13_664_000_000_000,
    "securities_need": 17_000,
    "gross_value": 1_000,
    "value_moved": 1_000,
}
WORDS = {"t1": "netting T+1", "blocks": "gross, 12 s blocks, re-use next_block", "now": "gross, continuous"}


def test_gross_is_set_against_the_netted_baseline(summarise):
    assert state_finding(summarise(t1=NET, blocks=GROSS), WORDS) == (
        "Settling gross (blocks: 12 s blocks, re-use next_block) needs 1.22 × the cash of netting (t1: T+1), "
        "137 bn against 112 bn NPR, and 1.70 × the securities; netting moves 12.3 % of gross value."
    )


def test_netting_is_set_against_a_gross_baseline(summarise):
    assert state_finding(summarise(baseline="now", t1=NET, now=GROSS), WORDS) == (
        "Netting (t1: T+1) needs 0.82 × the cash of settling gross (now: continuous), "
        "112 bn against 137 bn NPR, and 0.59 × the securities; netting moves 12.3 % of gross value."
    )


def test_book_entry_is_set_against_netting(summarise):
    book = {**GROSS, "layer": 2}
    words = {**WORDS, "book": "book entry T+1, net debit cap 2.15 bn USD"}
    finding = state_finding(summarise(t1=NET, book=book), words)
    assert finding.startswith(
        "Delivering by book entry (book: T+1, net debit cap 2.15 bn USD) needs 1.22 × the cash of netting"
    )


def test_the_arrangement_that_settles_everything_is_chosen_before_one_that_does_not(summarise):
    stuck = {**GROSS, "unsettled_value": 250, "unsettled_count": 3}
    finding = state_finding(summarise(t1=NET, blocks=stuck, now=GROSS), WORDS)
    assert finding.startswith("Settling gross (now: continuous)")
    assert "does not settle" not in finding


def test_what_stays_unsettled_is_said_where_nothing_settles_everything(summarise):
    stuck = {**GROSS, "unsettled_value": 250, "unsettled_count": 3}
    assert state_finding(summarise(t1=NET, blocks=stuck), WORDS).endswith(
        "; 25 % of value does not settle under blocks."
    )


def test_unsettled_deliveries_without_cash_are_counted(summarise):
    stuck = {**GROSS, "gross_value": 0, "unsettled_value": 0, "unsettled_count": 1}
    assert state_finding(summarise(t1=NET, blocks=stuck), WORDS).endswith(
        "; 1 instruction not settled under blocks."
    )


def test_what_a_cycle_withheld_is_said_of_the_baseline(summarise):
    cut = {**NET, "unsettled_value": 100, "unsettled_count": 2}
    assert state_finding(summarise(t1=cut, now=GROSS), WORDS).endswith(
        "; 10 % of value does not settle under t1."
    )


def test_one_arrangement_alone_says_what_it_needs(summarise):
    assert state_finding(summarise(t1=NET), WORDS) == (
        "Netting (t1: T+1) needs 112 bn NPR of cash and 100.00 NPR of securities; "
        "netting moves 12.3 % of gross value."
    )
    assert state_finding(summarise(now={**GROSS, "securities_need": 0}), WORDS) == (
        "Settling gross (now: continuous) needs 137 bn NPR of cash."
    )


def test_without_layer_3_netting_is_compared_with_netting(summarise):
    hourly = {**NET, "liquidity_need": 22_400_000_000_000, "securities_need": 10_000}
    finding = state_finding(summarise(t1=NET, hourly=hourly), {**WORDS, "hourly": "netting every 1 h"})
    assert finding == (
        "Netting (hourly: every 1 h) needs 2.00 × the cash of netting (t1: T+1), 224 bn against 112 bn NPR, "
        "and as many securities as netting; netting moves 12.3 % of gross value."
    )


def test_a_baseline_that_needs_nothing_has_no_multiple(summarise):
    nothing = {**NET, "liquidity_need": 0, "securities_need": 0, "value_moved": 0}
    assert state_finding(summarise(t1=nothing, now=GROSS), WORDS) == (
        "Settling gross (now: continuous) needs 137 bn NPR of cash where netting (t1: T+1) needs none, "
        "and 170.00 NPR of securities where netting needs none; netting moves 0 % of gross value."
    )


def test_nothing_needed_by_either_is_said_so(summarise):
    nothing = {"liquidity_need": 0, "securities_need": 0, "gross_value": 0, "value_moved": 0}
    summary = summarise(t1={"layer": 2, **nothing}, now={"layer": 3, **nothing})
    assert state_finding(summary, WORDS) == (
        "Settling gross (now: continuous) needs no cash, like netting (t1: T+1)."
    )


def test_equal_needs_are_not_told_as_a_multiple(summarise):
    same = {**GROSS, "liquidity_need": NET["liquidity_need"], "securities_need": 0}
    assert state_finding(summarise(t1={**NET, "securities_need": 0}, now=same), WORDS) == (
        "Settling gross (now: continuous) needs as much cash as netting (t1: T+1), 112 bn NPR; "
        "netting moves 12.3 % of gross value."
    )


def test_several_days_are_told_by_the_day(summarise):
    assert "137 bn against 112 bn NPR a day" in state_finding(summarise(days=3, t1=NET, now=GROSS), WORDS)


def test_what_costs_least_is_told_where_costs_were_asked_for(summarise):
    net, gross = {**NET, "cost_bp": 0.25}, {**GROSS, "cost_bp": 1.5}
    told = state_finding(summarise(t1=net, blocks=gross, now={**GROSS, "cost_bp": 2.0}), WORDS)
    assert told.endswith(" The cheapest is t1, 0.250 bp of gross value, 1.25 bp less than blocks.")
    same = state_finding(summarise(t1=net, now={**gross, "cost_bp": 0.25}), WORDS)
    assert same.endswith(" The cheapest are t1 and now, 0.250 bp each.")
    assert "cheapest" not in state_finding(summarise(t1=net), WORDS)
    assert "cheapest" not in state_finding(summarise(t1={**NET, "cost_bp": None}, now=GROSS), WORDS)


def test_a_slice_is_held_against_what_it_adds_to_netting(summarise):
    slice_ = {"gross_value": 1000_00, "routed_value": 50_00, "routed_need": 12_00, "routed_net_debit": 8_00}
    told = state_finding(summarise(t1={**NET, **slice_, "marginal_net_debit": 2_00}, now=GROSS), WORDS)
    needs = "5 % of value, sent to the chain under t1, needs 12.00 NPR there, "
    assert f" {needs}6.00 × what it adds to netting, 1.50 × what it would net to alone." in told
    told = state_finding(summarise(t1={**NET, **slice_, "marginal_net_debit": -3_00}, now=GROSS), WORDS)
    assert f" {needs}1.50 × what it would net to alone, and its leaving costs netting 3.00 NPR." in told
    assert "sent to the chain" not in state_finding(summarise(t1=NET, now=GROSS), WORDS)
