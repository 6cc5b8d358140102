/* SPDX-License-Identifier: Apache-2.0 */
/* The byte pipe over USB transfers: what is asked for, in which sizes, and what each way in which a transfer ends means. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fake_usb.h"
#include "protocol/error_index.h"

#define PACKET 64
#define ALL    SIZE_MAX

struct world {
    struct fake_usb f;
    struct mtk_usb_pipe *p;
    struct mtk_link *l;
};

static int make(void **state)
{
    struct world *w = calloc(1, sizeof(*w));
    w->p = fake_open(&w->f);
    w->l = &w->p->base;
    *state = w;
    return mtk_usb_pipe_find(w->p, PACKET, NULL);
}

static int unmake(void **state)
{
    struct world *w = *state;
    fake_close(w->p);
    assert_int_equal(w->f.n_flying, 0); /* whatever happened, nothing is left behind */
    free(w);
    return 0;
}

static void comes(struct world *w, const char *data)
{
    w->f.in[w->f.n_in++] = (struct fake_end){.data = data};
}

static void comes_so(struct world *w, const char *data, enum mtk_urb_result result)
{
    w->f.in[w->f.n_in++] = (struct fake_end){.data = data, .result = result};
}

static void taken(struct world *w, size_t n, enum mtk_urb_result result)
{
    w->f.out[w->f.n_out++] = (struct fake_end){.actual = n, .result = result};
}

static void reads_field_by_field_but_packets_at_a_time(void **state)
{
    struct world *w = *state;
    uint8_t buf[16];
    comes(w, "abcd");
    comes(w, "ef");
    assert_int_equal(w->l->ops->read(w->l, buf, 1, NS_PER_S), 1);
    assert_int_equal(w->l->ops->read(w->l, buf + 1, 2, NS_PER_S), 2);
    assert_int_equal(w->l->ops->read(w->l, buf + 3, 16 - 3, NS_PER_S), 1); /* two transfers are never glued */
    assert_int_equal(w->l->ops->read(w->l, buf + 4, 16 - 4, NS_PER_S), 2);
    assert_memory_equal(buf, "abcdef", 6);
    for (size_t i = 0; i < w->f.n_asked; i++)
        assert_int_equal(w->f.asked[i], PACKET);
}

/* The next packet is asked for before the caller looks at this one: a preloader waits 300 ms for that and no longer. */
static void asks_ahead(void **state)
{
    struct world *w = *state;
    uint8_t c;
    comes(w, "x");
    assert_int_equal(w->l->ops->read(w->l, &c, 1, NS_PER_S), 1);
    assert_int_equal(w->f.n_flying, 1);
    assert_int_equal(w->f.flying[0]->len, PACKET);
}

static void silence(void **state)
{
    struct world *w = *state;
    uint8_t buf[8];
    assert_int_equal(w->l->ops->read(w->l, buf, 8, 20 * NS_PER_MS), MTK_LINK_TIMEOUT);
    assert_int_equal(w->f.now, 20 * NS_PER_MS);
    assert_int_equal(w->f.cancelled, 0); /* what comes late is still caught */
    comes(w, "late");
    assert_int_equal(w->l->ops->read(w->l, buf, 8, 0), 4);
    assert_int_equal(w->l->ops->read(w->l, buf, 0, 0), MTK_LINK_IO);
    assert_int_equal(errno, EINVAL);
}

/* Zero-length packets carry nothing; even an endless stream of them does not hold a read beyond its time. */
static void empty_packets_are_swallowed(void **state)
{
    struct world *w = *state;
    uint8_t c;
    comes(w, "");
    comes(w, "");
    comes(w, "z");
    assert_int_equal(w->l->ops->read(w->l, &c, 1, NS_PER_S), 1);
    assert_int_equal(c, 'z');
    for (size_t i = 0; i < 200; i++)
        w->f.in[w->f.n_in++] = (struct fake_end){.after = NS_PER_MS};
    assert_int_equal(w->l->ops->read(w->l, &c, 1, 100 * NS_PER_MS), MTK_LINK_TIMEOUT);
    assert_true(w->f.now <= 110 * NS_PER_MS);
}

/* Long transfers are asked for only while the caller wants that much, all at once, the odd end as a packet. */
static void long_reads_fly_together(void **state)
{
    struct world *w = *state;
    size_t len = 3 * MTK_USB_CHUNK + PACKET + 10;
    uint8_t *buf = malloc(len);
    assert_int_equal(w->l->ops->read(w->l, buf, len, 0), MTK_LINK_TIMEOUT);
    assert_int_equal(w->f.n_asked, 5);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(w->f.asked[i], MTK_USB_CHUNK);
    assert_int_equal(w->f.asked[3], PACKET);
    assert_int_equal(w->f.asked[4], PACKET);
    /* The time was over: only what ends with any packet stays under way. */
    assert_int_equal(w->f.cancelled, 3);
    for (size_t i = 0; i < w->f.n_flying; i++)
        assert_int_equal(w->f.flying[i]->len, PACKET);
    free(buf);
}

/* A caller who suddenly wants less has lost interest in what was asked for: an answer of one full packet must end. */
static void long_reads_are_taken_back(void **state)
{
    struct world *w = *state;
    size_t len = 2 * MTK_USB_CHUNK;
    uint8_t *buf = malloc(len);
    static char full[PACKET + 1];
    memset(full, 'f', PACKET);
    comes(w, "short");
    assert_int_equal(w->l->ops->read(w->l, buf, len, NS_PER_S), 5);
    assert_int_equal(w->f.cancelled, 0);
    comes(w, full);
    assert_int_equal(w->l->ops->read(w->l, buf, 12, NS_PER_S), 12);
    assert_int_equal(w->f.cancelled, 1); /* the second chunk */
    free(buf);
    for (size_t i = 0; i < w->f.n_flying; i++)
        assert_int_equal(w->f.flying[i]->len, PACKET);
}

static void data_before_the_end_is_not_lost(void **state)
{
    struct world *w = *state;
    uint8_t buf[8];
    struct mtk_error e = {0};
    comes_so(w, "abc", MTK_URB_GONE);
    assert_int_equal(mtk_link_read_full(w->l, buf, 8, NS_PER_S, &e), -1);
    assert_int_equal(e.evidence, MTK_EV_LEFT_BUS);
    assert_non_null(strstr(e.what, "3 of 8"));
    assert_memory_equal(buf, "abc", 3);
    assert_int_equal(w->l->ops->read(w->l, buf, 1, NS_PER_S), MTK_LINK_GONE);
    assert_int_equal(w->l->ops->write(w->l, buf, 1, NS_PER_S), MTK_LINK_GONE);
    assert_int_equal(w->l->ops->control(w->l, 0x21, 0x22, 0, 0, NULL, 0), MTK_LINK_GONE);
}

static void a_stall_is_cleared_and_told(void **state)
{
    struct world *w = *state;
    uint8_t c = 'q', buf[2];
    comes_so(w, "", MTK_URB_STALL);
    comes(w, "on");
    assert_int_equal(w->l->ops->read(w->l, &c, 1, NS_PER_S), MTK_LINK_IO);
    assert_int_equal(errno, EPIPE);
    assert_int_equal(w->f.halts, 1);
    assert_int_equal(w->f.last_halt, 0x81);
    assert_int_equal(w->l->ops->read(w->l, buf, 2, NS_PER_S), 2); /* and the pipe lives on */
    taken(w, 0, MTK_URB_STALL);
    assert_int_equal(w->l->ops->write(w->l, &c, 1, NS_PER_S), MTK_LINK_IO);
    assert_int_equal(w->f.last_halt, 0x01);
    comes_so(w, "", MTK_URB_BABBLE);
    assert_int_equal(w->l->ops->read(w->l, &c, 1, NS_PER_S), MTK_LINK_IO);
    assert_int_equal(errno, EOVERFLOW);
}

/* A bus error is what an unplugged phone looks like at first: only if it stays is it an error of the port. */
static void a_bus_error_may_be_a_departure(void **state)
{
    struct world *w = *state;
    uint8_t c;
    comes_so(w, "", MTK_URB_ERROR);
    comes_so(w, "", MTK_URB_ERROR);
    assert_int_equal(w->l->ops->read(w->l, &c, 1, NS_PER_S), MTK_LINK_IO);
    assert_int_equal(errno, EPROTO);
    comes(w, "a");
    taken(w, 0, MTK_URB_ERROR);
    assert_int_equal(w->l->ops->write(w->l, "x", 1, NS_PER_S), MTK_LINK_IO); /* it answers: it is there */
    assert_int_equal(w->l->ops->read(w->l, &c, 1, NS_PER_S), 1);
    taken(w, 0, MTK_URB_ERROR);
    comes_so(w, "", MTK_URB_ERROR);
    comes_so(w, "", MTK_URB_GONE);
    assert_int_equal(w->l->ops->write(w->l, "x", 1, NS_PER_S), MTK_LINK_GONE);
    assert_true(w->f.now < 2 * NS_PER_S);
}

static void writes_in_chunks_several_at_a_time(void **state)
{
    struct world *w = *state;
    size_t len = 10 * MTK_USB_CHUNK + 100;
    uint8_t *data = malloc(len);
    for (size_t i = 0; i < len; i++)
        data[i] = (uint8_t)(i * 31 + (i >> 9));
    for (size_t i = 0; i < 11; i++)
        taken(w, ALL, MTK_URB_OK);
    assert_int_equal(w->l->ops->write(w->l, data, len, NS_PER_S), len);
    assert_int_equal(w->l->taken, len);
    assert_int_equal(w->f.n_chunks, 11);
    assert_int_equal(w->f.chunks[0], MTK_USB_CHUNK);
    assert_int_equal(w->f.chunks[10], 100);
    assert_int_equal(w->f.most_out, MTK_USB_FLIGHT);
    assert_memory_equal(w->f.written, data, len);
    free(data);
}

/* No zero-length packet by itself, not even behind full packets; one where it is asked for. */
static void empty_packets_only_on_demand(void **state)
{
    struct world *w = *state;
    uint8_t data[PACKET] = {0};
    taken(w, ALL, MTK_URB_OK);
    assert_int_equal(w->l->ops->write(w->l, data, PACKET, NS_PER_S), PACKET);
    assert_int_equal(w->f.n_chunks, 1);
    taken(w, ALL, MTK_URB_OK);
    assert_int_equal(w->l->ops->write(w->l, data, 0, NS_PER_S), 0);
    assert_int_equal(w->f.n_chunks, 2);
    assert_int_equal(w->f.chunks[1], 0);
    assert_int_equal(w->l->ops->write(w->l, data, 0, NS_PER_MS), MTK_LINK_TIMEOUT);
}

static void a_timeout_tells_how_much_was_taken(void **state)
{
    struct world *w = *state;
    size_t len = 4 * MTK_USB_CHUNK;
    uint8_t *data = calloc(1, len);
    struct mtk_error e = {0};
    taken(w, ALL, MTK_URB_OK);
    w->f.partial = 640; /* of the second transfer, by the time it is cancelled */
    assert_int_equal(mtk_link_write_full(w->l, data, len, 50 * NS_PER_MS, &e), -1);
    assert_int_equal(e.evidence, MTK_EV_NO_ANSWER);
    assert_int_equal(e.acked, MTK_USB_CHUNK + 640);
    assert_int_equal(w->f.cancelled, 3);
    assert_int_equal(w->f.n_flying, 0); /* the memory is the caller's again */
    free(data);
}

static void a_departure_tells_how_much_was_taken(void **state)
{
    struct world *w = *state;
    size_t len = 4 * MTK_USB_CHUNK;
    uint8_t *data = calloc(1, len);
    struct mtk_error e = {0};
    taken(w, ALL, MTK_URB_OK);
    taken(w, 512, MTK_URB_GONE);
    assert_int_equal(mtk_link_write_full(w->l, data, len, NS_PER_S, &e), -1);
    assert_int_equal(e.evidence, MTK_EV_LEFT_BUS);
    assert_int_equal(e.acked, MTK_USB_CHUNK + 512);
    assert_non_null(strstr(e.what, "66048 of 262144"));
    free(data);
}

/* A success that moved less than all is none. */
static void half_a_success_is_a_failure(void **state)
{
    struct world *w = *state;
    taken(w, 2, MTK_URB_OK);
    assert_int_equal(w->l->ops->write(w->l, "abcd", 4, NS_PER_S), MTK_LINK_IO);
    assert_int_equal(w->l->taken, 2);
}

static void control_requests(void **state)
{
    struct world *w = *state;
    uint8_t coding[7] = {0};
    w->f.control_result = 7;
    assert_int_equal(w->l->ops->control(w->l, 0x21, 0x20, 0, 0, coding, 7), 7);
    w->f.control_result = -MTK_URB_STALL;
    assert_int_equal(w->l->ops->control(w->l, 0x21, 0x20, 0, 0, coding, 7), MTK_LINK_IO);
    assert_int_equal(errno, EPIPE);
    w->f.control_result = -MTK_URB_CANCELLED;
    assert_int_equal(w->l->ops->control(w->l, 0x21, 0x20, 0, 0, coding, 7), MTK_LINK_TIMEOUT);
    assert_int_equal(w->f.halts, 0); /* endpoint 0 recovers by itself */
}

static void devices_without_a_pipe(void **state)
{
    (void)state;
    static const uint8_t hub[] = {9, 2, 25, 0, 1, 1, 0, 0xE0, 0, 9, 4, 0, 0,
                                  1, 9, 0,  0, 0, 7, 5, 0x81, 3, 1, 0, 12};
    struct fake_usb *f = calloc(1, sizeof(*f));
    struct mtk_error e = {0};
    f->config = hub;
    f->config_len = sizeof(hub);
    struct mtk_usb_pipe *p = fake_open(f);
    assert_int_equal(mtk_usb_pipe_find(p, PACKET, &e), -1);
    assert_true(mtk_error_is(&e, MTK_E_MTK_NOT_A_PHONE));
    f->config_len = 4; /* it stops in the middle of its head */
    assert_int_equal(mtk_usb_pipe_find(p, PACKET, &e), -1);
    assert_true(mtk_error_is(&e, MTK_E_MTK_NO_PHONE));
    fake_close(p);
    free(f);
}

int main(void)
{
#define WITH_PIPE(t) cmocka_unit_test_setup_teardown(t, make, unmake)
    const struct CMUnitTest tests[] = {
        WITH_PIPE(reads_field_by_field_but_packets_at_a_time),
        WITH_PIPE(asks_ahead),
        WITH_PIPE(silence),
        WITH_PIPE(empty_packets_are_swallowed),
        WITH_PIPE(long_reads_fly_together),
        WITH_PIPE(long_reads_are_taken_back),
        WITH_PIPE(data_before_the_end_is_not_lost),
        WITH_PIPE(a_stall_is_cleared_and_told),
        WITH_PIPE(a_bus_error_may_be_a_departure),
        WITH_PIPE(writes_in_chunks_several_at_a_time),
        WITH_PIPE(empty_packets_only_on_demand),
        WITH_PIPE(a_timeout_tells_how_much_was_taken),
        WITH_PIPE(a_departure_tells_how_much_was_taken),
        WITH_PIPE(half_a_success_is_a_failure),
        WITH_PIPE(control_requests),
        cmocka_unit_test(devices_without_a_pipe),
    };
    return cmocka_run_group_tests_name("flasher/link usb_pipe", tests, NULL, NULL);
}
