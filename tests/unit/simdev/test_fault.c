/* SPDX-License-Identifier: Apache-2.0 */
/* The fault room by itself: specification strings, filters, counting. docs/faults.md. */
#include "host.h"

#include "simdev/fault/fault.h"

static struct fault_set *parse(const char *spec)
{
    char err[200] = "";
    struct fault_set *f = fault_parse(spec, 1, err, sizeof err);
    if (!f)
        fail_msg("%s: %s", spec, err);
    return f;
}

static struct fault_action ask_one(struct fault_set *f, const struct fault_event *ev)
{
    struct fault_action a = {.kind = FAULT_NONE};
    fault_ask_all(f, ev, &a, 1);
    return a;
}

static enum fault_kind ask(struct fault_set *f, enum fault_point point, const char *stage, const char *name)
{
    struct fault_event ev = {.point = point, .stage = stage, .name = name, .value = 1, .length = 1};
    return ask_one(f, &ev).kind;
}

static void refused(void **state)
{
    (void)state;
    static const struct {
        const char *spec, *word;
    } rows[] = {
        {"explode", "explode"},
        {"drop", "place"},
        {"drop:tx,rx", "twice"},
        {"drop:sky", "sky"},
        {"drop:tx,offset=-1", "offset"},
        {"drop:tx,offset=12x", "offset"},
        {"drop:tx,offset=1,offset=2", "twice"},
        {"drop:tx,offset=99999999999999999999", "offset"},
        {"drop:tx,as=ghost", "as"},
        {"drop:command,offset=3", "offset"},
        {"flip:tx,mask=0", "mask"},
        {"flip:tx,mask=0x100", "mask"},
        {"flip:tx,bit=8", "bit"},
        {"flip:tx,p=1.5", "p"},
        {"flip:tx,p=x", "p"},
        {"flip:tx,nth=0", "nth"},
        {"flip:tx,times=0", "times"},
        {"flip:command", "command"},
        {"status:tx", "tx"},
        {"status:name=A,value=0x100000000", "value"},
        {"ignore:tx", "tx"},
        {"silence:back=3", "back"},
        {"inject:tx", "bytes"},
        {"inject:tx,bytes=5", "bytes"},
        {"inject:tx,bytes=zz", "bytes"},
        {"fail:flash-write,area=", "area"},
        {"fail:flash-write,name=user", "name"},
        {"fail:flash-write,from=0,len=0", "len"},
        {"drop:tx,stage=kernel", "stage"},
        {"drop:tx,colour=red", "colour"},
        {"drop:tx;;explode", "explode"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char err[200] = "";
        if (fault_parse(rows[i].spec, 1, err, sizeof err))
            fail_msg("accepted: %s", rows[i].spec);
        if (!strstr(err, rows[i].word))
            fail_msg("%s: '%s' does not say '%s'", rows[i].spec, err, rows[i].word);
        assert_null(fault_parse(rows[i].spec, 1, NULL, 0));
    }
    char many[65 * 8 + 1] = "";
    for (int i = 0; i < 65; i++)
        strcat(many, "drop:tx;");
    assert_null(fault_parse(many, 1, NULL, 0));
    char wide[300];
    memset(wide, 'x', sizeof wide - 1);
    wide[sizeof wide - 1] = 0;
    assert_null(fault_parse(wide, 1, NULL, 0));
}

static void nothing_costs_nothing(void **state)
{
    (void)state;
    struct fault_set *f = parse("");
    assert_int_equal(fault_points(f), 0);
    assert_int_equal(fault_points(NULL), 0);
    assert_int_equal(ask(NULL, FAULT_AT_TX, "brom", NULL), FAULT_NONE);
    assert_int_equal(ask(f, FAULT_AT_TX, "brom", NULL), FAULT_NONE);
    assert_int_equal(fault_report(f, NULL, 0), 0);
    fault_free(f);
    fault_free(NULL);
    f = parse(" ; drop:tx ;\n");
    assert_int_equal(fault_points(f), 1u << FAULT_AT_TX);
    fault_free(f);
}

static void filters(void **state)
{
    (void)state;
    struct fault_set *f = parse("silence:command,stage=da1,name=BOOT_TO");
    assert_int_equal(ask(f, FAULT_AT_STATUS, "da1", "BOOT_TO"), FAULT_NONE);
    assert_int_equal(ask(f, FAULT_AT_COMMAND, "da2", "BOOT_TO"), FAULT_NONE);
    assert_int_equal(ask(f, FAULT_AT_COMMAND, "da1", "BOOT"), FAULT_NONE);
    assert_int_equal(ask(f, FAULT_AT_COMMAND, "da1", NULL), FAULT_NONE);
    assert_int_equal(ask(f, FAULT_AT_COMMAND, "da1", "boot_to"), FAULT_SILENCE);
    assert_int_equal(ask(f, FAULT_AT_COMMAND, "da1", "BOOT_TO"), FAULT_NONE); /* once */
    fault_free(f);
}

static void nth_and_times(void **state)
{
    (void)state;
    struct fault_set *f = parse("status:da2,name=W,nth=2,value=0xC0040030; delay:name=W,stage=da1,ms=1;"
                                "status:da1,times=2,value=1");
    struct fault_event ev = {.point = FAULT_AT_STATUS, .stage = "da2", .name = "W"};
    assert_int_equal(ask_one(f, &ev).kind, FAULT_NONE);
    struct fault_action a = ask_one(f, &ev);
    assert_int_equal(a.kind, FAULT_STATUS);
    assert_int_equal(a.value, 0xC0040030);
    assert_int_equal(ask_one(f, &ev).kind, FAULT_NONE);
    for (int i = 0; i < 5; i++)
        assert_int_equal(ask(f, FAULT_AT_COMMAND, "da1", "W"), FAULT_DELAY); /* lasting by nature */
    for (int i = 0; i < 5; i++)
        assert_int_equal(ask(f, FAULT_AT_STATUS, "da1", "X"), i < 2 ? FAULT_STATUS : FAULT_NONE);
    fault_free(f);
}

static void byte_offsets(void **state)
{
    (void)state;
    struct fault_set *f = parse("drop:tx,offset=1234");
    struct fault_event ev = {.point = FAULT_AT_TX, .offset = 1000, .length = 234, .value = 1};
    assert_int_equal(ask_one(f, &ev).kind, FAULT_NONE); /* ends just before */
    ev.offset = 1235;
    assert_int_equal(ask_one(f, &ev).kind, FAULT_NONE);
    ev.offset = 1230;
    ev.length = 5;
    struct fault_action a = ask_one(f, &ev);
    assert_int_equal(a.kind, FAULT_DROP);
    assert_int_equal(a.offset, 4);
    fault_free(f);
}

static void several_in_one_transfer(void **state)
{
    (void)state;
    struct fault_set *f = parse("flip:rx,offset=30,mask=0x80;drop:rx,offset=20;flip:rx,offset=10,bit=3");
    struct fault_event ev = {.point = FAULT_AT_RX, .offset = 5, .length = 100, .value = 1};
    struct fault_action a[4];
    assert_int_equal(fault_ask_all(f, &ev, a, 4), 3);
    assert_int_equal(a[0].offset, 5);
    assert_int_equal(a[0].mask, 8);
    assert_int_equal(a[1].kind, FAULT_DROP);
    assert_int_equal(a[1].offset, 15);
    assert_int_equal(a[2].offset, 25);
    assert_int_equal(a[2].mask, 0x80);
    assert_int_equal(fault_ask_all(f, &ev, a, 4), 0);
    fault_free(f);
}

static void flash_ranges(void **state)
{
    (void)state;
    struct fault_set *f = parse("ignore:flash-write,from=0x1000,len=0x200;fail:flash-read,area=user,nth=3");
    struct fault_event ev = {.point = FAULT_AT_FLASH_WRITE, .name = "user", .offset = 0xE00, .length = 0x200};
    assert_int_equal(ask_one(f, &ev).kind, FAULT_NONE);
    ev.offset = 0x1200;
    assert_int_equal(ask_one(f, &ev).kind, FAULT_NONE);
    ev.offset = 0xF00;
    ev.length = 0x1000;
    struct fault_action a = ask_one(f, &ev);
    assert_int_equal(a.kind, FAULT_IGNORE);
    assert_int_equal(a.offset, 0x100);
    assert_int_equal(a.count, 0x200);
    ev.offset = 0x1100;
    a = ask_one(f, &ev); /* lasting: a bad sector stays bad */
    assert_int_equal(a.offset, 0);
    assert_int_equal(a.count, 0x100);
    struct fault_set *beyond = parse("ignore:flash-write,at=0x10000");
    a = ask_one(beyond, &ev); /* never more than the operation has */
    assert_int_equal(a.offset, ev.length);
    assert_int_equal(a.count, 0);
    fault_free(beyond);
    ev = (struct fault_event){.point = FAULT_AT_FLASH_READ, .name = "boot1", .length = 512};
    assert_int_equal(ask_one(f, &ev).kind, FAULT_NONE);
    ev.name = "user";
    for (int i = 1; i <= 4; i++)
        assert_int_equal(ask_one(f, &ev).kind, i == 3 ? FAULT_FAIL : FAULT_NONE);
    fault_free(f);
}

static void drops_and_returns(void **state)
{
    (void)state;
    static const struct {
        const char *spec;
        uint32_t as;
        int64_t ns;
    } rows[] = {
        {"drop:tx", FAULT_RETURN_NEVER, 500 * NS_PER_MS},
        {"drop:tx,back=3000", FAULT_RETURN_SAME, 3000 * NS_PER_MS},
        {"drop:tx,as=brom", FAULT_RETURN_BROM, 500 * NS_PER_MS},
        {"drop:tx,as=reset,back=0", FAULT_RETURN_RESET, 0},
        {"drop:tx,as=off", FAULT_RETURN_OFF, 500 * NS_PER_MS},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct fault_set *f = parse(rows[i].spec);
        struct fault_event ev = {.point = FAULT_AT_TX, .length = 1, .value = 1};
        struct fault_action a = ask_one(f, &ev);
        assert_int_equal(a.value, rows[i].as);
        assert_int_equal(a.delay_ns, rows[i].ns);
        fault_free(f);
    }
}

static unsigned draws(struct fault_set *f)
{
    unsigned n = 0;
    for (int i = 0; i < 1000; i++)
        n += ask(f, FAULT_AT_TX, "brom", NULL) != FAULT_NONE;
    return n;
}

static void probability_follows_the_seed(void **state)
{
    (void)state;
    static const struct {
        const char *spec;
        unsigned low, high;
    } rows[] = {{"flip:tx,p=0", 0, 0},
                {"flip:tx,p=1", 1000, 1000},
                {"flip:tx,p=1.0", 1000, 1000},
                {"flip:tx,p=0.25", 200, 300},
                {"flip:tx,p=0.001", 0, 10}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct fault_set *f = parse(rows[i].spec), *again = fault_clone(f);
        unsigned n = draws(f);
        assert_in_range(n, rows[i].low, rows[i].high);
        assert_int_equal(draws(again), n);
        fault_free(f);
        fault_free(again);
    }
}

static void report_and_clone(void **state)
{
    (void)state;
    char text[300], small[20];
    struct fault_set *f = parse("flip:tx, bit=1 ; silence:name=A");
    ask(f, FAULT_AT_TX, "brom", NULL);
    assert_int_equal(fault_report(f, text, sizeof text), 1);
    assert_string_equal(text, "flip:tx, bit=1: fired 1 time\nsilence:name=A: fired 0 times\n");
    assert_int_equal(fault_report(f, small, sizeof small), 1);
    assert_int_equal(strlen(small), sizeof small - 1);
    struct fault_set *fresh = fault_clone(f);
    assert_int_equal(fault_report(fresh, text, sizeof text), 2);
    fault_free(fresh);
    fault_free(f);
    assert_null(fault_clone(NULL));
}

static const char *manual; /* docs/faults.md */

/* Every example of the manual is a specification. */
static void manual_examples(void **state)
{
    (void)state;
    char line[1024];
    int n = 0;
    bool examples = false;
    FILE *f = fopen(manual, "r");
    assert_non_null(f);
    while (fgets(line, sizeof line, f)) {
        char *end;
        examples |= !strncmp(line, "## Examples", 11);
        if (!examples || strncmp(line, "| `", 3) || !(end = strchr(line + 3, '`')))
            continue;
        *end = 0;
        fault_free(parse(line + 3));
        n++;
    }
    fclose(f);
    assert_true(n > 5);
}

int main(int argc, char **argv)
{
    manual = argc > 1 ? argv[1] : "docs/faults.md";
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refused),
        cmocka_unit_test(nothing_costs_nothing),
        cmocka_unit_test(filters),
        cmocka_unit_test(nth_and_times),
        cmocka_unit_test(byte_offsets),
        cmocka_unit_test(several_in_one_transfer),
        cmocka_unit_test(flash_ranges),
        cmocka_unit_test(drops_and_returns),
        cmocka_unit_test(probability_follows_the_seed),
        cmocka_unit_test(report_and_clone),
        cmocka_unit_test(manual_examples),
    };
    return cmocka_run_group_tests_name("simdev/fault", tests, NULL, NULL);
}
