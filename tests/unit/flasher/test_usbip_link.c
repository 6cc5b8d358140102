/* SPDX-License-Identifier: Apache-2.0 */
/* usbip: links against a small server of the test's own, over real sockets. Its bytes are written out by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cursor.h"
#include "flasher/link/backends.h"
#include "flasher/link/ports.h"
#include "protocol/error_index.h"

#define HELD     64
#define FIFO     (4u << 20)
#define NO_LIMIT SIZE_MAX

/* How the server behaves; set before it runs. */
struct server {
    int fd;
    unsigned port;
    pthread_t thread;
    atomic_bool stop;
    unsigned absent;   /* so many lists are empty before the phone appears */
    const char *busid; /* where the phone is */
    uint16_t vid, pid;
    bool refuse_configuration;
    size_t take;          /* bytes of bulk OUT after which nothing is taken any more */
    bool vanish;          /* and then the phone leaves with ENODEV; else it just stays silent */
    const char *greeting; /* sent to everybody instead of an answer */
    /* The connection that is served. */
    int client;
    uint8_t fifo[FIFO]; /* what the phone sends back: all that it got */
    size_t head, tail, got;
    uint8_t reads[HELD][48]; /* IN transfers that wait for data */
    size_t n_reads, most_reads;
    uint32_t unanswered[HELD]; /* OUT transfers that are never taken */
    size_t n_unanswered;
    unsigned imports, unlinks, configured;
};

static bool get(struct server *s, void *buf, size_t len)
{
    return len == 0 || recv(s->client, buf, len, MSG_WAITALL) == (ssize_t)len;
}

static void put(struct server *s, const void *buf, size_t len)
{
    (void)send(s->client, buf, len, MSG_NOSIGNAL);
}

static void put_device(struct server *s)
{
    uint8_t d[312] = "/sys/devices/platform/test/usb1/1-1";
    memcpy(d + 256, s->busid, strlen(s->busid));
    put_be32(d + 288, 1);
    put_be32(d + 292, 7);
    put_be32(d + 296, 3);
    put_be16(d + 300, s->vid);
    put_be16(d + 302, s->pid);
    d[306] = 2;
    d[310] = 1;
    d[311] = 2;
    put(s, d, sizeof(d));
}

static void answer_list(struct server *s)
{
    static const uint8_t none[] = {1, 0x11, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0};
    static const uint8_t one[] = {1, 0x11, 0, 5, 0, 0, 0, 0, 0, 0, 0, 1};
    static const uint8_t interfaces[] = {10, 0, 0, 0, 2, 2, 1, 0};
    if (s->absent) {
        s->absent--;
        put(s, none, sizeof(none));
        return;
    }
    put(s, one, sizeof(one));
    put_device(s);
    put(s, interfaces, sizeof(interfaces));
}

static bool answer_import(struct server *s)
{
    static const uint8_t yes[] = {1, 0x11, 0, 3, 0, 0, 0, 0}, no[] = {1, 0x11, 0, 3, 0, 0, 0, 1};
    char busid[33] = "";
    if (!get(s, busid, 32) || strcmp(busid, s->busid) != 0 || s->absent) {
        s->absent -= s->absent > 0;
        put(s, no, sizeof(no));
        return false;
    }
    s->imports++;
    put(s, yes, sizeof(yes));
    put_device(s);
    return true;
}

static void ret_submit(struct server *s, const uint8_t *cmd, int32_t status, uint32_t actual,
                       const void *data)
{
    uint8_t r[48] = {0, 0, 0, 3};
    memcpy(r + 4, cmd + 4, 4);
    put_be32(r + 20, (uint32_t)status);
    put_be32(r + 24, actual);
    put(s, r, sizeof(r));
    if (data && actual)
        put(s, data, actual);
}

/* Full packets, and a short one at the end of what there is: as much as one transfer takes. */
static void serve_reads(struct server *s)
{
    while (s->n_reads && s->head < s->tail) {
        size_t want = get_be32(s->reads[0] + 24), n = s->tail - s->head < want ? s->tail - s->head : want;
        ret_submit(s, s->reads[0], 0, (uint32_t)n, s->fifo + s->head);
        s->head += n;
        memmove(s->reads[0], s->reads[1], --s->n_reads * 48);
    }
}

static bool bulk_out(struct server *s, const uint8_t *cmd)
{
    uint32_t len = get_be32(cmd + 24);
    if (s->tail + len > FIFO || !get(s, s->fifo + s->tail, len))
        return false;
    if (s->got + len > s->take) {
        uint32_t part = (uint32_t)(s->take - s->got);
        if (s->vanish) {
            uint8_t rest[4096];
            ret_submit(s, cmd, -19, part, NULL);
            shutdown(s->client, SHUT_WR);
            while (recv(s->client, rest, sizeof(rest), 0) > 0)
                ; /* a connection closed over unread bytes is reset, and the answer with it */
            return false;
        }
        s->unanswered[s->n_unanswered++] = get_be32(cmd + 4);
        return s->n_unanswered < HELD;
    }
    s->tail += len;
    s->got += len;
    ret_submit(s, cmd, 0, len, NULL);
    serve_reads(s);
    return true;
}

static void unlink_transfer(struct server *s, const uint8_t *cmd)
{
    uint8_t r[48] = {0, 0, 0, 4};
    int32_t status = 0;
    memcpy(r + 4, cmd + 4, 4);
    for (size_t i = 0; i < s->n_reads; i++)
        if (get_be32(s->reads[i] + 4) == get_be32(cmd + 20)) {
            memmove(s->reads[i], s->reads[i + 1], (--s->n_reads - i) * 48);
            status = -104;
        }
    for (size_t i = 0; i < s->n_unanswered; i++)
        if (s->unanswered[i] == get_be32(cmd + 20)) {
            s->unanswered[i] = s->unanswered[--s->n_unanswered];
            status = -104;
        }
    s->unlinks++;
    put_be32(r + 20, (uint32_t)status);
    put(s, r, sizeof(r));
}

static void endpoint_zero(struct server *s, const uint8_t *cmd)
{
    /* A configuration as of an MUSB preloader, without its second interface. */
    static const uint8_t config[] = {9, 2, 34, 0,    1, 1, 3, 0xC0, 250, 9, 4, 1,    0, 2, 10, 0, 0,
                                     4, 8, 5,  0x01, 2, 0, 2, 0,    0,   8, 5, 0x81, 2, 0, 2,  0, 0};
    uint32_t len = get_be32(cmd + 24);
    if (cmd[40] == 0x80 && cmd[41] == 6)
        ret_submit(s, cmd, 0, len < sizeof(config) ? len : sizeof(config), config);
    else if (cmd[40] == 0 && cmd[41] == 9) {
        s->configured = cmd[42];
        ret_submit(s, cmd, s->refuse_configuration ? -32 : 0, 0, NULL);
    } else {
        uint8_t data[64];
        if (!(cmd[40] & 0x80) && len <= sizeof(data) && get(s, data, len))
            ret_submit(s, cmd, cmd[41] == 0x22 ? -32 : 0, len, NULL);
    }
}

static void serve_device(struct server *s)
{
    uint8_t cmd[48];
    s->head = s->tail = s->got = s->n_reads = s->n_unanswered = 0;
    while (get(s, cmd, sizeof(cmd))) {
        bool in = cmd[15] == 1;
        if (cmd[3] == 2)
            unlink_transfer(s, cmd);
        else if (cmd[19] == 0)
            endpoint_zero(s, cmd);
        else if (in && s->n_reads < HELD - 1) {
            memcpy(s->reads[s->n_reads++], cmd, sizeof(cmd));
            s->most_reads = s->n_reads > s->most_reads ? s->n_reads : s->most_reads;
            serve_reads(s);
        } else if (in || !bulk_out(s, cmd))
            return;
    }
}

static void *serve(void *arg)
{
    struct server *s = arg;
    while ((s->client = accept(s->fd, NULL, NULL)) >= 0 && !s->stop) {
        uint8_t op[8];
        int one = 1; /* an answer is sent in pieces */
        setsockopt(s->client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
        if (s->greeting)
            put(s, s->greeting, strlen(s->greeting));
        else if (get(s, op, sizeof(op)) && op[3] == 5)
            answer_list(s);
        else if (op[3] == 3 && answer_import(s))
            serve_device(s);
        close(s->client);
    }
    if (s->client >= 0)
        close(s->client);
    return NULL;
}

static struct server *start(void)
{
    struct server *s = calloc(1, sizeof(*s));
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(in);
    assert_non_null(s);
    s->busid = "1-1";
    s->vid = 0x0E8D;
    s->pid = 0x2000;
    s->take = NO_LIMIT;
    s->fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(s->fd, (struct sockaddr *)&in, sizeof(in)), 0);
    assert_int_equal(listen(s->fd, 4), 0);
    assert_int_equal(getsockname(s->fd, (struct sockaddr *)&in, &len), 0);
    s->port = ntohs(in.sin_port);
    return s;
}

static struct mtk_link *link_to(struct server *s, const char *busid)
{
    char where[64];
    snprintf(where, sizeof(where), "127.0.0.1:%u%s", s->port, busid);
    assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
    struct mtk_link *l = mtk_link_usbip_new(where, NULL);
    assert_non_null(l);
    return l;
}

static void stop(struct server *s, struct mtk_link *l)
{
    mtk_link_free(l);
    s->stop = true;
    shutdown(s->fd, SHUT_RDWR);
    pthread_join(s->thread, NULL);
    close(s->fd);
    free(s);
}

static void finds_the_phone_and_talks(void **state)
{
    (void)state;
    struct server *s = start();
    struct mtk_link *l = link_to(s, "");
    struct mtk_link_identity id;
    uint8_t buf[8], coding[7] = {0};
    assert_int_equal(l->ops->open(l, 5 * NS_PER_S, NULL), 0);
    assert_int_equal(l->ops->open(l, 0, NULL), 0); /* it is open */
    l->ops->identity(l, &id);
    assert_int_equal(id.vid, 0x0E8D);
    assert_int_equal(id.pid, 0x2000);
    assert_int_equal(id.generation, 1);
    assert_int_equal(mtk_link_write_full(l, "hello", 5, NS_PER_S, NULL), 0);
    assert_int_equal(mtk_link_read_full(l, buf, 5, NS_PER_S, NULL), 0);
    assert_memory_equal(buf, "hello", 5);
    assert_int_equal(l->ops->write(l, buf, 0, NS_PER_S), 0);
    assert_int_equal(l->ops->control(l, 0x21, 0x20, 0, 0, coding, 7), 7);
    assert_int_equal(l->ops->control(l, 0x21, 0x22, 2, 0, NULL, 0),
                     MTK_LINK_IO); /* refused, and no harm done */
    assert_int_equal(mtk_link_write_full(l, "on", 2, NS_PER_S, NULL), 0);
    assert_int_equal(mtk_link_read_full(l, buf, 2, NS_PER_S, NULL), 0);
    l->ops->close(l);
    l->ops->close(l);
    assert_int_equal(l->ops->read(l, buf, 1, 0), MTK_LINK_GONE);
    assert_int_equal(s->configured, 1);
    stop(s, l);
}

static void megabytes_each_way(void **state)
{
    (void)state;
    struct server *s = start();
    struct mtk_link *l = link_to(s, "/1-1");
    size_t len = (3u << 20) + 100;
    uint8_t *out = malloc(len), *in = malloc(len);
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)(i * 31 + (i >> 9));
    s->refuse_configuration = true; /* as a server may whose kernel has done that */
    assert_int_equal(l->ops->open(l, 5 * NS_PER_S, NULL), 0);
    assert_int_equal(mtk_link_write_full(l, out, len, 20 * NS_PER_S, NULL), 0);
    assert_int_equal(mtk_link_read_full(l, in, len, 20 * NS_PER_S, NULL), 0);
    assert_memory_equal(in, out, len);
    free(out);
    free(in);
    stop(s, l);
}

static void waits_for_the_phone(void **state)
{
    (void)state;
    static const char *const ports[] = {"", "/1-1"};
    for (size_t i = 0; i < 2; i++) {
        struct server *s = start();
        s->absent = 3;
        struct mtk_link *l = link_to(s, ports[i]);
        assert_int_equal(l->ops->open(l, 5 * NS_PER_S, NULL), 0);
        assert_int_equal(s->imports, 1);
        stop(s, l);
    }
}

static void says_why_there_is_no_phone(void **state)
{
    (void)state;
    static const struct {
        uint16_t vid, pid;
        const char *busid, *words;
    } cases[] = {{0x0E8D, 0x2007, "", "META"},
                 {0x1D6B, 0x0002, "", "none of the 1 devices"},
                 {0x0E8D, 0x2000, "/2-2", "does not give out 2-2"}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct server *s = start();
        struct mtk_error e = {0};
        char hint[200] = "";
        s->vid = cases[i].vid;
        s->pid = cases[i].pid;
        struct mtk_link *l = link_to(s, cases[i].busid);
        assert_int_equal(l->ops->open(l, 50 * NS_PER_MS, &e), -1);
        assert_true(mtk_error_is(&e, MTK_E_MTK_NO_PHONE));
        assert_true(e.waited_ns >= 50 * NS_PER_MS);
        l->ops->hint(l, hint, sizeof(hint));
        if (!strstr(e.what, cases[i].words) || !strstr(hint, cases[i].words))
            fail_msg("\"%s\" is not in \"%s\" and \"%s\"", cases[i].words, e.what, hint);
        stop(s, l);
    }
}

/* An id that no table knows is taken where the user names the place: boot ROMs may have any (1.1). */
static void any_id_at_a_named_place(void **state)
{
    (void)state;
    struct server *s = start();
    s->vid = 0x1234;
    s->pid = 0x5678;
    struct mtk_link *l = link_to(s, "/1-1");
    assert_int_equal(l->ops->open(l, 5 * NS_PER_S, NULL), 0);
    stop(s, l);
}

static void what_is_no_server_is_told_at_once(void **state)
{
    (void)state;
    struct server *s = start();
    struct mtk_error e = {0};
    s->greeting = "SSH-2.0-OpenSSH_9.2";
    struct mtk_link *l = link_to(s, "");
    assert_int_equal(l->ops->open(l, 60 * NS_PER_S, &e), -1);
    assert_true(mtk_error_is(&e, MTK_E_MTK_PORT_UNREADABLE));
    assert_non_null(strstr(e.what, "no USB/IP server"));
    stop(s, l);
}

static void a_phone_that_does_not_take_it(void **state)
{
    (void)state;
    struct server *s = start();
    struct mtk_error e = {0};
    size_t len = 1u << 20;
    uint8_t *data = calloc(1, len), c;
    s->take = 100000;
    struct mtk_link *l = link_to(s, "");
    assert_int_equal(l->ops->open(l, 5 * NS_PER_S, NULL), 0);
    assert_int_equal(mtk_link_write_full(l, data, len, 100 * NS_PER_MS, &e), -1);
    assert_int_equal(e.evidence, MTK_EV_NO_ANSWER);
    assert_int_equal(e.acked, 65536);
    assert_int_equal(mtk_link_read_full(l, &c, 1, NS_PER_S, NULL), 0); /* the link lives */
    assert_true(s->unlinks > 0);
    free(data);
    stop(s, l);
}

static void a_phone_that_vanishes_and_comes_back(void **state)
{
    (void)state;
    struct server *s = start();
    struct mtk_error e = {0};
    struct mtk_link_identity id;
    size_t len = 1u << 20;
    uint8_t *data = calloc(1, len), c;
    s->take = 65536 + 1234;
    s->vanish = true;
    struct mtk_link *l = link_to(s, "");
    assert_int_equal(l->ops->open(l, 5 * NS_PER_S, NULL), 0);
    assert_int_equal(mtk_link_write_full(l, data, len, 5 * NS_PER_S, &e), -1);
    assert_int_equal(e.evidence, MTK_EV_LEFT_BUS);
    assert_int_equal(e.acked, 65536 + 1234);
    assert_int_equal(l->ops->read(l, &c, 1, NS_PER_S), MTK_LINK_GONE);
    s->pid = 0x2001;
    assert_int_equal(l->ops->open(l, 5 * NS_PER_S, NULL), 0);
    l->ops->identity(l, &id);
    assert_int_equal(id.pid, 0x2001);
    assert_int_equal(id.generation, 2);
    assert_int_equal(mtk_link_write_full(l, data, 3, NS_PER_S, NULL), 0);
    assert_int_equal(mtk_link_read_full(l, data, 3, NS_PER_S, NULL), 0);
    free(data);
    stop(s, l);
}

static void silence_is_a_timeout(void **state)
{
    (void)state;
    struct server *s = start();
    struct mtk_link *l = link_to(s, "");
    uint8_t buf[200000];
    assert_int_equal(l->ops->open(l, 5 * NS_PER_S, NULL), 0);
    assert_int_equal(l->ops->read(l, buf, sizeof(buf), 20 * NS_PER_MS), MTK_LINK_TIMEOUT);
    assert_true(s->most_reads > 2); /* several transfers were under way, */
    assert_true(s->unlinks > 2);    /* of which the long ones were taken back, */
    assert_true(s->n_reads > 0);    /* and the others were not */
    assert_int_equal(mtk_link_drain(l, 10 * NS_PER_MS), 0);
    assert_int_equal(mtk_link_write_full(l, "x", 1, NS_PER_S, NULL), 0);
    assert_int_equal(l->ops->read(l, buf, 1, NS_PER_S), 1);
    stop(s, l);
}

static void remember(void *ctx, const struct mtk_port *port)
{
    *(struct mtk_port *)ctx = *port;
}

static void ports_of_a_server(void **state)
{
    (void)state;
    struct server *s = start();
    struct mtk_link *l = link_to(s, "");
    struct mtk_port port = {0};
    struct mtk_error e = {0};
    char where[64], expected[64];
    snprintf(where, sizeof(where), "usbip:127.0.0.1:%u", s->port);
    snprintf(expected, sizeof(expected), "%s/1-1", where);
    assert_int_equal(mtk_ports(where, remember, &port, NULL), 0);
    assert_string_equal(port.port, expected);
    assert_string_equal(port.what, "MediaTek preloader");
    assert_true(port.usable);
    stop(s, l);
    assert_int_equal(mtk_ports("usbip:127.0.0.1:1", remember, &port, &e), -1);
    assert_true(mtk_error_is(&e, MTK_E_MTK_PORT_UNREADABLE));
    assert_int_equal(mtk_ports("usbip::0", remember, &port, &e), -1);
    assert_true(mtk_error_is(&e, MTK_E_MTK_USAGE));
    assert_int_equal(mtk_ports("tcp:127.0.0.1:1", remember, &port, &e), -1);
    assert_true(mtk_error_is(&e, MTK_E_MTK_USAGE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_phone_and_talks),
        cmocka_unit_test(megabytes_each_way),
        cmocka_unit_test(waits_for_the_phone),
        cmocka_unit_test(says_why_there_is_no_phone),
        cmocka_unit_test(any_id_at_a_named_place),
        cmocka_unit_test(what_is_no_server_is_told_at_once),
        cmocka_unit_test(a_phone_that_does_not_take_it),
        cmocka_unit_test(a_phone_that_vanishes_and_comes_back),
        cmocka_unit_test(silence_is_a_timeout),
        cmocka_unit_test(ports_of_a_server),
    };
    return cmocka_run_group_tests_name("flasher/link usbip", tests, NULL, NULL);
}
