/* SPDX-License-Identifier: Apache-2.0 */
/* What the XML reader says of a file, in which order, and how a handler ends the reading. */
#include "tests/unit/formats/harness.h"

#include "formats/xml_reader.h"

/* Everything that was said: "root a[name] a/ key=text@line ". */
struct heard {
    char text[1024];
    int calls, stop_at; /* stop_at: the call that fails; 0: none */
    struct mtk_error *err;
};

static int hear(struct heard *h, const char *before, struct mtk_xml_text t, const char *between,
                struct mtk_xml_text more, const char *after)
{
    size_t n = strlen(h->text);
    snprintf(h->text + n, sizeof(h->text) - n, "%s%.*s%s%.*s%s ", before, (int)t.n, t.p, between, (int)more.n,
             more.n ? more.p : "", after);
    if (++h->calls == h->stop_at)
        return mtk_fail(h->err, MTK_E_MTK_CANCELLED, MTK_EV_HOST, "enough");
    return 0;
}

static int on_outermost(void *ctx, struct mtk_xml_text e)
{
    return hear(ctx, "<", e, "", (struct mtk_xml_text){0}, ">");
}

static int on_begin(void *ctx, struct mtk_xml_text e, struct mtk_xml_text name)
{
    return hear(ctx, "", e, "[", name, "]");
}

static int on_end(void *ctx, struct mtk_xml_text e)
{
    return hear(ctx, "", e, "/", (struct mtk_xml_text){0}, "");
}

static int on_field(void *ctx, struct mtk_xml_text e, struct mtk_xml_text value)
{
    char line[16];
    snprintf(line, sizeof(line), "@%u", e.line);
    assert_int_equal(value.line, e.line);
    return hear(ctx, "", e, "=", value, line);
}

static int read_text(const char *text, size_t len, struct heard *h, struct mtk_error *err)
{
    const struct mtk_xml_handler handler = {
        .ctx = h, .outermost = on_outermost, .begin = on_begin, .end = on_end, .field = on_field};
    char *arena = NULL;
    h->err = err;
    int rc = mtk_xml_read(text, len, "a.xml", 7, MTK_E_MTK_IMAGE_INVALID, &handler, &arena, err);
    free(arena);
    return rc;
}

static const char tree[] = "<top>\n<block name=\"b &amp; c\">\n<key> one\n two </key><empty/></block>\n"
                           "<plain><inner>x</inner></plain>\n<named name=\"\"/>\n</top>";

static void order(void **state)
{
    (void)state;
    struct heard h = {.calls = 0};
    struct mtk_error err = {0};
    assert_int_equal(read_text(tree, strlen(tree), &h, &err), 0);
    assert_string_equal(h.text,
                        "<top> block[b & c] key=one\n two@9 empty=@10 block/ inner=x@11 named[] named/ ");
    assert_null(err.row);
}

/* A handler's error is the error, whichever of its calls it was, and nothing is called after it. */
static void a_handler_ends_it(void **state)
{
    (void)state;
    for (int at = 1; at <= 8; at++) {
        struct heard h = {.stop_at = at};
        struct mtk_error err = {0};
        assert_int_equal(read_text(tree, strlen(tree), &h, &err), -1);
        assert_error(&err, MTK_E_MTK_CANCELLED, "enough");
        assert_int_equal(h.calls, at);
    }
}

/* All of them may be left out. */
static void nobody_listens(void **state)
{
    (void)state;
    const struct mtk_xml_handler none = {0};
    char *arena = NULL;
    assert_int_equal(
        mtk_xml_read(tree, strlen(tree), "a.xml", 1, MTK_E_MTK_IMAGE_INVALID, &none, &arena, NULL), 0);
    assert_non_null(arena);
    free(arena);
}

static void refusals(void **state)
{
    (void)state;
    static const struct {
        const char *text, *why;
        unsigned line;
    } cases[] = {
        {"", "not a usable XML file", 7},
        {"<a>\n<b>\n</a>", "mismatched tag", 9},
        {"<a>\n&b;</a>", "undefined entity", 8},
        {"<!DOCTYPE a [<!ENTITY b \"c\">]>\n<a>&b;</a>", "document type", 7},
        {"<a>\nx<b/></a>", "text between the elements", 8},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct heard h = {.calls = 0};
        struct mtk_error err = {0};
        assert_int_equal(read_text(cases[i].text, strlen(cases[i].text), &h, &err), -1);
        assert_error(&err, MTK_E_MTK_IMAGE_INVALID, cases[i].why);
        assert_int_equal(err.line, cases[i].line);
        assert_string_equal(err.file, "a.xml");
    }
    /* lengths that expat could not count are refused before anything is read or allocated */
    struct heard h = {.calls = 0};
    struct mtk_error err = {0};
    assert_int_equal(read_text(tree, SIZE_MAX, &h, &err), -1);
    assert_error(&err, MTK_E_MTK_IMAGE_INVALID, "too large");
    assert_int_equal(h.calls, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order),
        cmocka_unit_test(a_handler_ends_it),
        cmocka_unit_test(nobody_listens),
        cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests_name("formats-xml_reader", tests, NULL, NULL);
}
