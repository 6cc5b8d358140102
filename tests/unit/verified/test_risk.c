/* SPDX-License-Identifier: Apache-2.0 */
/* The risk score: facts in, named and weighted reasons out. */
#include "tests/unit/verified/unit.h"

#include "flasher/verified/risk.h"

static void no_facts_no_points(void **state)
{
    (void)state;
    struct mtk_ev_risk_factor f[MTK_RISK_MAX];
    const struct mtk_risk_facts none = {.battery_mv = 3900};
    int score = -1;
    assert_int_equal(mtk_risk_assess(&none, f, &score), 0);
    assert_int_equal(score, 0);
}

static void the_score_is_the_sum_of_its_reasons(void **state)
{
    (void)state;
    struct mtk_ev_risk_factor f[MTK_RISK_MAX];
    const struct mtk_risk_facts facts = {
        .preloader = true, .no_checksums = true, .checksums_partial = true, .chip_untested = true};
    int score, sum = 0;
    size_t n = mtk_risk_assess(&facts, f, &score);
    assert_int_equal(n, 3); /* no Checksum.ini at all includes that it does not list everything */
    for (size_t i = 0; i < n; i++) {
        sum += f[i].points;
        assert_true(f[i].points > 0);
        assert_true(*f[i].name && *f[i].why && *f[i].remedy);
        assert_true(i == 0 || f[i - 1].points >= f[i].points);
    }
    assert_int_equal(score, sum);
    assert_string_equal(f[0].name, "preloader");
}

static void battery(void **state)
{
    (void)state;
    struct mtk_ev_risk_factor f[MTK_RISK_MAX];
    int score;
    assert_int_equal(mtk_risk_assess(&(struct mtk_risk_facts){.battery_mv = 3599}, f, &score), 1);
    assert_string_equal(f[0].name, "battery");
    assert_int_equal(mtk_risk_assess(&(struct mtk_risk_facts){.battery_mv = 3600}, f, &score), 0);
    assert_int_equal(mtk_risk_assess(&(struct mtk_risk_facts){.battery_mv = 0}, f, &score),
                     0); /* not known */
}

struct seen {
    int risks, score;
};

static void catch_risk(void *ctx, const struct mtk_event *ev)
{
    struct seen *s = ctx;
    assert_int_equal(ev->kind, MTK_EVENT_RISK);
    s->risks++;
    s->score = ev->u.risk.score;
    assert_true(ev->u.risk.n_factors <= MTK_RISK_MAX);
}

static void everything_at_once_stays_in_bounds(void **state)
{
    (void)state;
    struct seen seen = {0};
    struct mtk_risk_facts all;
    memset(&all, 1, sizeof(all));
    all.battery_mv = 3000;
    mtk_risk_emit(&all, &(struct mtk_sink){.fn = catch_risk, .ctx = &seen});
    assert_int_equal(seen.risks, 1);
    assert_int_equal(seen.score, 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_facts_no_points),
        cmocka_unit_test(the_score_is_the_sum_of_its_reasons),
        cmocka_unit_test(battery),
        cmocka_unit_test(everything_at_once_stays_in_bounds),
    };
    return cmocka_run_group_tests_name("verified/risk", tests, NULL, NULL);
}
