/* SPDX-License-Identifier: Apache-2.0 */
/* Opening and closing of listening ends: names, refusals, and what is left behind. */
#include "tests/unit/cmocka.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

#include "simdev/port/port.h"

struct fixture {
    char dir[256], path[300], where[310], err[256];
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    const char *tmp = getenv("TMPDIR");
    snprintf(f->dir, sizeof(f->dir), "%s/listen-XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(f->dir));
    snprintf(f->path, sizeof(f->path), "%s/x", f->dir);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    unlink(f->path);
    assert_int_equal(rmdir(f->dir), 0);
    free(f);
    return 0;
}

static struct port *try(struct fixture *f, const char *where, bool expose)
{
    f->err[0] = '\0';
    return port_open(where, expose, f->err, sizeof(f->err));
}

static void refused(struct fixture *f, const char *where, const char *because)
{
    assert_null(try(f, where, false));
    if (!strstr(f->err, because))
        fail_msg("%s: '%s' does not say '%s'", where, f->err, because);
}

static void test_words(void **state)
{
    static const char *const cases[][2] = {
        {"usb:1", "no port that this version can listen on"},
        {"usbip:3240", "needs an address and a port number, as in usbip:127.0.0.1:0"},
        {"usbip:0.0.0.0:0", "--expose"},
        {"usbip:127.0.0.1:65536", "port numbers end at 65535"},
        {"", "no port"},
        {"uni", "no port"},
        {"unix", "needs a path"},
        {"unix:", "needs a path"},
        {"tcp", "needs an address"},
        {"tcp:1234", "needs an address"},
        {"tcp::1234", "needs an address"},
        {"tcp:127.0.0.1:", "needs an address"},
        {"tcp:127.0.0.1:99999", "127.0.0.1:99999"},
        {"tcp:127.0.0.1:http-no-such", "http-no-such"},
        {"tcp:0.0.0.0:0", "--expose"},
        {"tcp:192.0.2.1:0", "--expose"},
        {"pty:/nonexistent/folder/tty", "No such file"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        refused(*state, cases[i][0], cases[i][1]);
    char longer[200];
    memset(longer, 'x', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = '\0';
    memcpy(longer, "unix:", 5);
    refused(*state, longer, "at most 107 characters");
}

static void test_unix(void **state)
{
    struct fixture *f = *state;
    struct stat st;
    snprintf(f->where, sizeof(f->where), "unix:%s", f->path);
    struct port *p = try(f, f->where, false);
    assert_non_null(p);
    assert_string_equal(port_address(p), f->where);
    assert_int_equal(lstat(f->path, &st), 0);
    assert_true(S_ISSOCK(st.st_mode));
    refused(f, f->where, "in use");
    port_close(p);
    assert_int_equal(lstat(f->path, &st), -1);
    port_close(NULL);
}

/* The socket of a program that died is replaced; any other file is not. */
static void test_unix_stale(void **state)
{
    struct fixture *f = *state;
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    snprintf(f->where, sizeof(f->where), "unix:%s", f->path);
    assert_true(strlen(f->path) < sizeof(addr.sun_path));
    memcpy(addr.sun_path, f->path, strlen(f->path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
    close(fd);
    struct port *p = try(f, f->where, false);
    assert_non_null(p);
    /* Another program's socket under the same name is not ours to remove. */
    unlink(f->path);
    fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
    port_close(p);
    assert_int_equal(access(f->path, F_OK), 0);
    close(fd);

    unlink(f->path);
    fd = open(f->path, O_CREAT | O_WRONLY, 0600);
    close(fd);
    refused(f, f->where, "no socket");
    assert_int_equal(access(f->path, F_OK), 0);
}

static void test_tcp(void **state)
{
    struct fixture *f = *state;
    struct port *p = try(f, "tcp:localhost:0", false);
    assert_non_null(p);
    const char *number = strrchr(port_address(p), ':') + 1;
    assert_int_equal(strncmp(port_address(p), "tcp:", 4), 0);
    assert_true(atoi(number) > 0);
    char again[64];
    snprintf(again, sizeof(again), "%s", port_address(p));
    refused(f, again, "in use");
    port_close(p);
    p = try(f, again, false);
    assert_non_null(p);
    port_close(p);
    p = try(f, "tcp:0.0.0.0:0", true);
    assert_non_null(p);
    assert_int_equal(strncmp(port_address(p), "tcp:0.0.0.0:", 12), 0);
    port_close(p);
}

static void test_pty(void **state)
{
    struct fixture *f = *state;
    struct stat st;
    struct termios t;
    char target[64] = "";
    snprintf(f->where, sizeof(f->where), "pty:%s", f->path);
    assert_int_equal(symlink("/nonexistent", f->path), 0); /* left by a program that died */
    struct port *p = try(f, f->where, false);
    assert_non_null(p);
    assert_true(readlink(f->path, target, sizeof(target) - 1) > 0);
    assert_int_equal(strncmp(target, "/dev/", 5), 0);
    assert_string_equal(f->path, port_address(p) + 4);
    int fd = open(f->path, O_RDWR | O_NOCTTY);
    assert_true(fd >= 0);
    assert_int_equal(tcgetattr(fd, &t), 0);
    assert_int_equal(t.c_lflag & (ECHO | ICANON | ISIG), 0);
    assert_int_equal(t.c_oflag & OPOST, 0);
    close(fd);
    port_close(p);
    assert_int_equal(lstat(f->path, &st), -1);

    fd = open(f->path, O_CREAT | O_WRONLY, 0600);
    close(fd);
    refused(f, f->where, "exists");
    assert_int_equal(lstat(f->path, &st), 0);
    assert_true(S_ISREG(st.st_mode));

    p = try(f, "pty", false);
    assert_non_null(p);
    assert_int_equal(strncmp(port_address(p), "pty:/dev/", 9), 0);
    port_close(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_words, setup, teardown),
        cmocka_unit_test_setup_teardown(test_unix, setup, teardown),
        cmocka_unit_test_setup_teardown(test_unix_stale, setup, teardown),
        cmocka_unit_test_setup_teardown(test_tcp, setup, teardown),
        cmocka_unit_test_setup_teardown(test_pty, setup, teardown),
    };
    return cmocka_run_group_tests_name("listen", tests, NULL, NULL);
}
