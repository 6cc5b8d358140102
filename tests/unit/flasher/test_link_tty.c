/* SPDX-License-Identifier: Apache-2.0 */
/* tty: links against a pseudo terminal, whose master plays the phone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <cmocka.h>

#include "flasher/link/backends.h"
#include "flasher/link/fd.h"
#include "protocol/error_index.h"

#define NOBODY 65534

static char dir[64], node[96];

static int make_dir(void **state)
{
    (void)state;
    const char *tmp = getenv("TMPDIR");
    snprintf(dir, sizeof(dir), "%.40s/ttyXXXXXX", tmp && strlen(tmp) < 40 ? tmp : "/tmp");
    if (!mkdtemp(dir))
        return -1;
    snprintf(node, sizeof(node), "%s/ttyACM0", dir);
    return 0;
}

static int remove_dir(void **state)
{
    (void)state;
    unlink(node);
    return rmdir(dir);
}

/* A master whose slave is reachable as `node`. */
static int new_pty(void)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    char name[64];
    assert_true(master >= 0);
    assert_int_equal(grantpt(master), 0);
    assert_int_equal(unlockpt(master), 0);
    assert_int_equal(ptsname_r(master, name, sizeof(name)), 0);
    unlink(node);
    assert_int_equal(symlink(name, node), 0);
    return master;
}

static struct mtk_link *opened(int *master)
{
    *master = new_pty();
    struct mtk_link *l = mtk_link_tty_new(node, NULL);
    assert_non_null(l);
    assert_int_equal(l->ops->open(l, NS_PER_S, NULL), 0);
    return l;
}

static void it_is_raw_and_does_not_echo(void **state)
{
    (void)state;
    int master;
    struct termios tio;
    struct mtk_link *l = opened(&master);
    assert_int_equal(tcgetattr(((struct mtk_fd_link *)l)->fd, &tio), 0);
    assert_int_equal(tio.c_lflag & (ECHO | ECHONL | ICANON | ISIG | IEXTEN), 0);
    assert_int_equal(tio.c_iflag & (IXON | ICRNL | INLCR | ISTRIP), 0);
    assert_int_equal(tio.c_oflag & OPOST, 0);
    assert_int_equal(tio.c_cflag & CSIZE, CS8);
    assert_int_equal(tio.c_cflag & (PARENB | CSTOPB | CRTSCTS), 0);
    assert_int_equal(cfgetospeed(&tio), B921600);
    /* READY of the phone does not come back to it. */
    uint8_t buf[16];
    assert_int_equal(write(master, "READY", 5), 5);
    assert_int_equal(mtk_link_read_full(l, buf, 5, NS_PER_S, NULL), 0);
    assert_int_equal(fcntl(master, F_SETFL, O_NONBLOCK), 0);
    assert_int_equal(read(master, buf, sizeof(buf)), -1);
    close(master);
    mtk_link_free(l);
}

static void every_byte_passes_unchanged(void **state)
{
    (void)state;
    int master;
    uint8_t all[256], back[256];
    struct mtk_link *l = opened(&master);
    for (int i = 0; i < 256; i++)
        all[i] = (uint8_t)i;
    assert_int_equal(mtk_link_write_full(l, all, sizeof(all), NS_PER_S, NULL), 0);
    for (size_t got = 0; got < sizeof(back);) {
        ssize_t n = read(master, back + got, sizeof(back) - got);
        assert_true(n > 0);
        got += (size_t)n;
    }
    assert_memory_equal(back, all, sizeof(all));
    assert_int_equal(write(master, all, sizeof(all)), sizeof(all));
    assert_int_equal(mtk_link_read_full(l, back, sizeof(back), NS_PER_S, NULL), 0);
    assert_memory_equal(back, all, sizeof(all));
    assert_int_equal(l->ops->write(l, all, 0, NS_PER_S), 0);
    close(master);
    mtk_link_free(l);
}

static void silence_times_out(void **state)
{
    (void)state;
    int master;
    uint8_t c;
    struct mtk_link *l = opened(&master);
    assert_int_equal(l->ops->read(l, &c, 1, 20 * NS_PER_MS), MTK_LINK_TIMEOUT);
    assert_int_equal(l->ops->read(l, &c, 1, 0), MTK_LINK_TIMEOUT);
    close(master);
    mtk_link_free(l);
}

static void hangup_means_gone(void **state)
{
    (void)state;
    int master;
    uint8_t c;
    struct mtk_error e = {0};
    struct mtk_link *l = opened(&master);
    close(master);
    assert_int_equal(mtk_link_read_full(l, &c, 1, NS_PER_S, &e), -1);
    assert_true(mtk_error_is(&e, MTK_E_MTK_LINK_LOST));
    assert_int_equal(l->ops->write(l, "x", 1, NS_PER_S), MTK_LINK_GONE);
    /* The phone comes back as a new terminal under the old name. */
    master = new_pty();
    assert_int_equal(l->ops->open(l, NS_PER_S, NULL), 0);
    struct mtk_link_identity id;
    l->ops->identity(l, &id);
    assert_int_equal(id.generation, 2);
    assert_int_equal(id.vid, 0);
    close(master);
    mtk_link_free(l);
}

static void hangup_while_writing_means_gone(void **state)
{
    (void)state;
    int master;
    struct mtk_link *l = opened(&master);
    close(master);
    assert_int_equal(l->ops->write(l, "x", 1, NS_PER_S), MTK_LINK_GONE);
    mtk_link_free(l);
}

static void *late_phone(void *arg)
{
    usleep(50000);
    *(int *)arg = new_pty();
    return NULL;
}

static void a_missing_node_is_waited_for(void **state)
{
    (void)state;
    int master = -1;
    pthread_t t;
    struct mtk_error e = {0};
    struct mtk_link *l = mtk_link_tty_new(node, NULL);
    unlink(node);
    assert_int_equal(l->ops->open(l, 40 * NS_PER_MS, &e), -1);
    assert_true(mtk_error_is(&e, MTK_E_MTK_NO_PHONE));
    assert_int_equal(pthread_create(&t, NULL, late_phone, &master), 0);
    assert_int_equal(l->ops->open(l, 5 * NS_PER_S, NULL), 0);
    pthread_join(t, NULL);
    close(master);
    mtk_link_free(l);
}

static void what_is_no_terminal_is_told_at_once(void **state)
{
    (void)state;
    char file[110];
    snprintf(file, sizeof(file), "%s/file", dir);
    FILE *f = fopen(file, "w");
    assert_non_null(f);
    fclose(f);
    const char *const paths[] = {file, dir, "/dev/null"};
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        struct mtk_error e = {0};
        struct mtk_link *l = mtk_link_tty_new(paths[i], NULL);
        assert_int_equal(l->ops->open(l, 60 * NS_PER_S, &e), -1);
        assert_true(mtk_error_is(&e, MTK_E_MTK_PORT_UNREADABLE));
        assert_non_null(strstr(e.what, "not a terminal"));
        mtk_link_free(l);
    }
    unlink(file);
}

static void no_permission_names_the_remedy(void **state)
{
    (void)state;
    struct mtk_error e = {0};
    bool root = geteuid() == 0;
    struct mtk_link *l = mtk_link_tty_new(node, NULL);
    int master = new_pty();
    assert_int_equal(chmod(dir, 0755), 0);
    assert_int_equal(chmod(node, 0), 0);
    if (root) /* who may do everything */
        assert_int_equal(seteuid(NOBODY), 0);
    int r = l->ops->open(l, 60 * NS_PER_S, &e);
    if (root)
        assert_int_equal(seteuid(0), 0);
    assert_int_equal(r, -1);
    assert_true(mtk_error_is(&e, MTK_E_MTK_PORT_UNREADABLE));
    assert_non_null(strstr(e.what, "udev"));
    close(master);
    mtk_link_free(l);
}

static void line_coding_sets_the_speed(void **state)
{
    (void)state;
    int master;
    struct termios tio;
    uint8_t coding[7] = {0x00, 0x08, 0x07, 0x00, 0, 0, 8}; /* 460800 */
    struct mtk_link *l = opened(&master);
    assert_int_equal(l->ops->control(l, 0x21, 0x20, 0, 0, coding, 7), 7);
    assert_int_equal(tcgetattr(((struct mtk_fd_link *)l)->fd, &tio), 0);
    assert_int_equal(cfgetospeed(&tio), B460800);
    coding[0] = 1; /* no such speed */
    assert_int_equal(l->ops->control(l, 0x21, 0x20, 0, 0, coding, 7), MTK_LINK_IO);
    assert_int_equal(l->ops->control(l, 0x21, 0x22, 2, 0, NULL, 0), 0);
    l->ops->close(l);
    assert_int_equal(l->ops->control(l, 0x21, 0x20, 0, 0, coding, 7), MTK_LINK_GONE);
    close(master);
    mtk_link_free(l);
}

static void a_path_is_needed(void **state)
{
    (void)state;
    struct mtk_error e = {0};
    assert_null(mtk_link_tty_new("", &e));
    assert_true(mtk_error_is(&e, MTK_E_MTK_USAGE));
}

/* Somebody else has it for good: that is said, also when the wait comes in slices as boot/ waits. */
static void a_port_that_stays_busy_is_named(void **state)
{
    (void)state;
    int master = new_pty();
    int holder = open(node, O_RDWR | O_NOCTTY | O_CLOEXEC);
    assert_true(holder >= 0);
    assert_int_equal(fchmod(holder, 0666), 0);
    assert_int_equal(ioctl(holder, TIOCEXCL), 0);
    char pty[64] = ""; /* itself, because the folder of its other name is private */
    assert_true(readlink(node, pty, sizeof(pty) - 1) > 0);
    bool root = geteuid() == 0; /* whom the kernel lets in all the same */
    if (root)
        assert_int_equal(seteuid(NOBODY), 0);
    struct mtk_link *l = mtk_link_tty_new(pty, NULL);
    assert_non_null(l);
    struct mtk_error e = {0};
    unsigned slices = 0;
    do {
        assert_int_equal(l->ops->open(l, 200 * NS_PER_MS, &e), -1);
    } while (mtk_error_is(&e, MTK_E_MTK_NO_PHONE) && ++slices < 10);
    if (root)
        assert_int_equal(seteuid(0), 0);
    assert_true(mtk_error_is(&e, MTK_E_MTK_PORT_UNREADABLE));
    assert_non_null(strstr(e.what, "another program holds it"));
    close(holder);
    close(master);
    mtk_link_free(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_raw_and_does_not_echo),
        cmocka_unit_test(every_byte_passes_unchanged),
        cmocka_unit_test(silence_times_out),
        cmocka_unit_test(hangup_means_gone),
        cmocka_unit_test(hangup_while_writing_means_gone),
        cmocka_unit_test(a_missing_node_is_waited_for),
        cmocka_unit_test(what_is_no_terminal_is_told_at_once),
        cmocka_unit_test(no_permission_names_the_remedy),
        cmocka_unit_test(a_port_that_stays_busy_is_named),
        cmocka_unit_test(line_coding_sets_the_speed),
        cmocka_unit_test(a_path_is_needed),
    };
    return cmocka_run_group_tests_name("flasher/link tty", tests, make_dir, remove_dir);
}
