/* SPDX-License-Identifier: Apache-2.0 */
/* unix: and tcp: links against real sockets. A second thread plays the server where one is needed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "flasher/link/backends.h"
#include "flasher/link/fd.h"
#include "protocol/error_index.h"

#define NOBODY 65534

static char dir[64], sock_path[96];

static int make_dir(void **state)
{
    (void)state;
    const char *tmp = getenv("TMPDIR");
    snprintf(dir, sizeof(dir), "%.40s/linkXXXXXX", tmp && strlen(tmp) < 40 ? tmp : "/tmp");
    if (!mkdtemp(dir))
        return -1;
    snprintf(sock_path, sizeof(sock_path), "%s/phone", dir);
    return 0;
}

static int remove_dir(void **state)
{
    (void)state;
    unlink(sock_path);
    return rmdir(dir);
}

static int listen_unix(void)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    memcpy(un.sun_path, sock_path, strlen(sock_path) + 1);
    unlink(sock_path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&un, sizeof(un)), 0);
    assert_int_equal(listen(fd, 4), 0);
    return fd;
}

/* A link and the other end of it. */
static struct mtk_link *connected(int *peer)
{
    int server = listen_unix();
    struct mtk_link *l = mtk_link_unix_new(sock_path, NULL);
    assert_non_null(l);
    assert_int_equal(l->ops->open(l, NS_PER_S, NULL), 0);
    *peer = accept(server, NULL, NULL);
    assert_true(*peer >= 0);
    close(server);
    return l;
}

static void opens_reads_and_writes(void **state)
{
    (void)state;
    int peer;
    uint8_t buf[8];
    struct mtk_link_identity id;
    struct mtk_link *l = connected(&peer);
    assert_int_equal(mtk_link_write_full(l, "hello", 5, NS_PER_S, NULL), 0);
    assert_int_equal(recv(peer, buf, 5, MSG_WAITALL), 5);
    assert_memory_equal(buf, "hello", 5);
    assert_int_equal(send(peer, "phone", 5, 0), 5);
    assert_int_equal(mtk_link_read_full(l, buf, 5, NS_PER_S, NULL), 0);
    assert_memory_equal(buf, "phone", 5);
    assert_int_equal(l->ops->write(l, buf, 0, NS_PER_S), 0);
    l->ops->identity(l, &id);
    assert_int_equal(id.vid, 0);
    assert_int_equal(id.generation, 1);
    assert_int_equal(l->ops->open(l, 0, NULL), 0); /* it is open */
    close(peer);
    mtk_link_free(l);
}

static void silence_is_no_answer(void **state)
{
    (void)state;
    int peer;
    uint8_t buf[4];
    struct mtk_error e = {0};
    struct mtk_link *l = connected(&peer);
    assert_int_equal(mtk_link_read_full(l, buf, 4, 30 * NS_PER_MS, &e), -1);
    assert_true(mtk_error_is(&e, MTK_E_MTK_NO_ANSWER));
    assert_int_equal(e.evidence, MTK_EV_NO_ANSWER);
    assert_true(e.waited_ns >= 30 * NS_PER_MS);
    assert_int_equal(l->ops->read(l, buf, 4, 0), MTK_LINK_TIMEOUT);
    close(peer);
    mtk_link_free(l);
}

static void short_answer_is_a_wrong_answer(void **state)
{
    (void)state;
    int peer;
    uint8_t buf[4];
    struct mtk_error e = {0};
    struct mtk_link *l = connected(&peer);
    assert_int_equal(send(peer, "\x07\x66", 2, 0), 2);
    assert_int_equal(mtk_link_read_full(l, buf, 4, 30 * NS_PER_MS, &e), -1);
    assert_true(mtk_error_is(&e, MTK_E_MTK_WRONG_ANSWER));
    assert_int_equal(e.n_got, 2);
    assert_memory_equal(e.got, "\x07\x66", 2);
    assert_non_null(strstr(e.what, "2 of 4"));
    close(peer);
    mtk_link_free(l);
}

static void a_closed_peer_has_left_the_bus(void **state)
{
    (void)state;
    int peer;
    uint8_t buf[4];
    struct mtk_error e = {0};
    struct mtk_link *l = connected(&peer);
    assert_int_equal(send(peer, "xy", 2, 0), 2);
    close(peer);
    assert_int_equal(mtk_link_read_full(l, buf, 4, NS_PER_S, &e), -1);
    assert_true(mtk_error_is(&e, MTK_E_MTK_LINK_LOST));
    assert_int_equal(e.evidence, MTK_EV_LEFT_BUS);
    assert_int_equal(e.n_got, 2); /* what came before is not lost */
    assert_int_equal(l->ops->read(l, buf, 1, NS_PER_S), MTK_LINK_GONE);
    assert_int_equal(l->ops->write(l, buf, 1, NS_PER_S), MTK_LINK_GONE);
    /* It is back. */
    int server = listen_unix();
    assert_int_equal(l->ops->open(l, NS_PER_S, NULL), 0);
    assert_int_equal(mtk_link_write_full(l, buf, 1, NS_PER_S, NULL), 0);
    close(server);
    l->ops->close(l);
    l->ops->close(l);
    mtk_link_free(l);
}

static void writing_to_a_closed_peer_raises_no_signal(void **state)
{
    (void)state;
    int peer;
    struct mtk_error e = {0};
    struct mtk_link *l = connected(&peer);
    close(peer);
    assert_int_equal(mtk_link_write_full(l, "x", 1, NS_PER_S, &e), -1);
    assert_true(mtk_error_is(&e, MTK_E_MTK_LINK_LOST));
    mtk_link_free(l);
}

static void a_peer_that_does_not_read(void **state)
{
    (void)state;
    int peer;
    size_t len = 8 << 20;
    uint8_t *big = calloc(1, len);
    struct mtk_error e = {0};
    struct mtk_link *l = connected(&peer);
    assert_non_null(big);
    assert_int_equal(mtk_link_write_full(l, big, len, 30 * NS_PER_MS, &e), -1);
    assert_true(mtk_error_is(&e, MTK_E_MTK_NO_ANSWER));
    assert_true(e.acked > 0 && e.acked < len);
    assert_int_equal(e.acked, l->taken);
    close(peer);
    mtk_link_free(l);
    free(big);
}

/* Sends back what it gets until the link closes. */
static void *echo_server(void *arg)
{
    int fd = *(int *)arg;
    static uint8_t buf[65536];
    ssize_t n;
    while ((n = recv(fd, buf, sizeof(buf), 0)) > 0)
        for (ssize_t done = 0, m; done < n; done += m)
            if ((m = send(fd, buf + done, (size_t)(n - done), MSG_NOSIGNAL)) <= 0)
                return NULL;
    return NULL;
}

/* A writer of its own, since an echo is read while it is written. */
struct upload {
    struct mtk_link *l;
    const uint8_t *data;
    size_t len;
    int result;
};

static void *upload(void *arg)
{
    struct upload *u = arg;
    u->result = mtk_link_write_full(u->l, u->data, u->len, 5 * NS_PER_S, NULL);
    return NULL;
}

static void two_mib_each_way(void **state)
{
    (void)state;
    int peer;
    size_t len = 2 << 20;
    uint8_t *out = malloc(len), *in = malloc(len);
    pthread_t server, writer;
    struct mtk_link *l = connected(&peer);
    assert_true(out && in);
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)(i * 31 + (i >> 9));
    struct upload u = {.l = l, .data = out, .len = len, .result = -1};
    assert_int_equal(pthread_create(&server, NULL, echo_server, &peer), 0);
    assert_int_equal(pthread_create(&writer, NULL, upload, &u), 0);
    assert_int_equal(mtk_link_read_full(l, in, len, 5 * NS_PER_S, NULL), 0);
    pthread_join(writer, NULL);
    assert_int_equal(u.result, 0);
    assert_memory_equal(in, out, len);
    l->ops->close(l);
    pthread_join(server, NULL);
    close(peer);
    mtk_link_free(l);
    free(out);
    free(in);
}

/* Comes late, closes twice at once, and stays the third time. */
static void *hesitant_server(void *arg)
{
    usleep(40000);
    int server = listen_unix();
    for (int i = 0; i < 3; i++) {
        int fd = accept(server, NULL, NULL);
        if (i == 2)
            *(int *)arg = fd;
        else
            close(fd);
    }
    close(server);
    return NULL;
}

static void waits_until_somebody_stays(void **state)
{
    (void)state;
    int peer = -1;
    pthread_t t;
    struct mtk_link *l = mtk_link_unix_new(sock_path, NULL);
    unlink(sock_path);
    assert_int_equal(pthread_create(&t, NULL, hesitant_server, &peer), 0);
    assert_int_equal(l->ops->open(l, 5 * NS_PER_S, NULL), 0);
    pthread_join(t, NULL);
    assert_int_equal(mtk_link_write_full(l, "x", 1, NS_PER_S, NULL), 0);
    close(peer);
    mtk_link_free(l);
}

static void nobody_there(void **state)
{
    (void)state;
    struct mtk_error e = {0};
    struct mtk_link *l = mtk_link_unix_new(sock_path, NULL);
    unlink(sock_path);
    assert_int_equal(l->ops->open(l, 50 * NS_PER_MS, &e), -1);
    assert_true(mtk_error_is(&e, MTK_E_MTK_NO_PHONE));
    assert_true(e.waited_ns >= 50 * NS_PER_MS && e.waited_ns < 2 * NS_PER_S);
    /* A socket without a server refuses: that is "not yet", too. */
    close(listen_unix());
    assert_int_equal(l->ops->open(l, 0, &e), -1);
    assert_true(mtk_error_is(&e, MTK_E_MTK_NO_PHONE));
    mtk_link_free(l);
}

static void no_socket_is_unreadable_at_once(void **state)
{
    (void)state;
    struct mtk_error e = {0};
    struct mtk_link *l = mtk_link_unix_new(dir, NULL);
    assert_int_equal(l->ops->open(l, 60 * NS_PER_S, &e), -1);
    assert_true(mtk_error_is(&e, MTK_E_MTK_PORT_UNREADABLE));
    assert_non_null(strstr(e.what, "not a socket"));
    mtk_link_free(l);

    unlink(sock_path);
    FILE *f = fopen(sock_path, "w");
    assert_non_null(f);
    fclose(f);
    l = mtk_link_unix_new(sock_path, NULL);
    assert_int_equal(l->ops->open(l, 60 * NS_PER_S, &e), -1);
    assert_true(mtk_error_is(&e, MTK_E_MTK_PORT_UNREADABLE));
    mtk_link_free(l);
}

static void no_permission_is_unreadable_at_once(void **state)
{
    (void)state;
    struct mtk_error e = {0};
    bool root = geteuid() == 0;
    int server = listen_unix();
    assert_int_equal(chmod(dir, 0755), 0);
    assert_int_equal(chmod(sock_path, 0), 0);
    struct mtk_link *l = mtk_link_unix_new(sock_path, NULL);
    if (root) /* who may do everything */
        assert_int_equal(seteuid(NOBODY), 0);
    int r = l->ops->open(l, 60 * NS_PER_S, &e);
    if (root)
        assert_int_equal(seteuid(0), 0);
    assert_int_equal(r, -1);
    assert_true(mtk_error_is(&e, MTK_E_MTK_PORT_UNREADABLE));
    close(server);
    mtk_link_free(l);
}

static void bad_names_are_usage_errors(void **state)
{
    (void)state;
    struct mtk_error e = {0};
    char path[200];
    memset(path, 'x', sizeof(path) - 1);
    path[sizeof(path) - 1] = '\0';
    assert_null(mtk_link_unix_new(path, &e));
    assert_true(mtk_error_is(&e, MTK_E_MTK_USAGE));
    assert_null(mtk_link_unix_new("", &e));
    static const char *const bad[] = {"",         "localhost", "localhost:", "localhost:0", "localhost:65536",
                                      "host:12x", ":1234",     "host: 12",   "host:-1"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        memset(&e, 0, sizeof(e));
        assert_null(mtk_link_tcp_new(bad[i], &e));
        assert_true(mtk_error_is(&e, MTK_E_MTK_USAGE));
    }
}

static int listen_tcp(unsigned *port)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(in);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&in, sizeof(in)), 0);
    assert_int_equal(listen(fd, 4), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&in, &len), 0);
    *port = ntohs(in.sin_port);
    return fd;
}

static void tcp_talks_without_delay(void **state)
{
    (void)state;
    unsigned port;
    int server = listen_tcp(&port), on = 0;
    char where[40], c;
    socklen_t len = sizeof(on);
    snprintf(where, sizeof(where), "[127.0.0.1]:%u", port);
    struct mtk_link *l = mtk_link_tcp_new(where, NULL);
    assert_non_null(l);
    assert_int_equal(l->ops->open(l, NS_PER_S, NULL), 0);
    int peer = accept(server, NULL, NULL);
    assert_int_equal(getsockopt(((struct mtk_fd_link *)l)->fd, IPPROTO_TCP, TCP_NODELAY, &on, &len), 0);
    assert_true(on);
    assert_int_equal(mtk_link_write_full(l, "a", 1, NS_PER_S, NULL), 0);
    assert_int_equal(recv(peer, &c, 1, 0), 1);
    close(peer);
    close(server);
    assert_int_equal(l->ops->read(l, &c, 1, NS_PER_S), MTK_LINK_GONE);
    /* Nobody listens any more. */
    struct mtk_error e = {0};
    assert_int_equal(l->ops->open(l, 30 * NS_PER_MS, &e), -1);
    assert_true(mtk_error_is(&e, MTK_E_MTK_NO_PHONE));
    mtk_link_free(l);
}

static void draining_ends(void **state)
{
    (void)state;
    int peer;
    struct mtk_link *l = connected(&peer);
    assert_int_equal(send(peer, "0123456789", 10, 0), 10);
    assert_int_equal(mtk_link_drain(l, 10 * NS_PER_MS), 10);
    assert_int_equal(mtk_link_drain(l, 0), 0);
    close(peer);
    assert_int_equal(mtk_link_drain(l, NS_PER_S), 0);
    mtk_link_free(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opens_reads_and_writes),
        cmocka_unit_test(silence_is_no_answer),
        cmocka_unit_test(short_answer_is_a_wrong_answer),
        cmocka_unit_test(a_closed_peer_has_left_the_bus),
        cmocka_unit_test(writing_to_a_closed_peer_raises_no_signal),
        cmocka_unit_test(a_peer_that_does_not_read),
        cmocka_unit_test(two_mib_each_way),
        cmocka_unit_test(waits_until_somebody_stays),
        cmocka_unit_test(nobody_there),
        cmocka_unit_test(no_socket_is_unreadable_at_once),
        cmocka_unit_test(no_permission_is_unreadable_at_once),
        cmocka_unit_test(bad_names_are_usage_errors),
        cmocka_unit_test(tcp_talks_without_delay),
        cmocka_unit_test(draining_ends),
    };
    return cmocka_run_group_tests_name("flasher/link socket", tests, make_dir, remove_dir);
}
