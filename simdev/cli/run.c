/* SPDX-License-Identifier: Apache-2.0 */
/* mtksim run: a phone behind a port, until it is stopped. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "simdev/board/board.h"
#include "simdev/cli/cli.h"
#include "simdev/fault/fault.h"
#include "simdev/firmware/security.h"
#include "simdev/port/port.h"
#include "simdev/port/record.h"

static const char help[] =
    "Usage: mtksim run [--chip NAME] --listen PORT [OPTION]...\n"
    "Simulate a phone and let programs reach it through a port. Prints 'ready: PORT' on standard output when "
    "it is up, what\n"
    "happens to connections on standard error, and runs until it is stopped with Ctrl-C or SIGTERM; the "
    "state folder is\n"
    "complete then.\n\n"
    "The phone:\n"
    "  --chip NAME          see 'mtksim chips'; default: the one in the state folder, else mt6765\n"
    "  --boot MODE          download mode it enters when plugged in: brom (default) or preloader\n"
    "  --storage KIND       emmc, ufs or nand; default: what such phones have, see 'mtksim chips'\n"
    "  --storage-size SIZE  of the user area of a new phone, such as 8G\n"
    "  --state DIR          folder that keeps the phone (raw images and phone.json), made if missing;\n"
    "                       without it the phone lives in memory. A phone that is there already stays what "
    "it is:\n"
    "                       another chip, storage, size or seed than its own is refused, and so is --rom\n"
    "  --rom DIR            ROM that fills a new phone as the factory would; its vendor becomes the phone's\n"
    "  --security LIST      fuses, comma separated: sbc, sla, daa, cert, epp, dasla, usbdl, mread, mwrite, "
    "c8, "
    "arb=N,\n"
    "                       see docs/settings.md; in a state folder blown fuses stay blown\n"
    "  --seed N             ids and noise follow from it, default 0\n"
    "  --set KEY=VALUE      a setting of the profile, see docs/settings.md; may be repeated\n"
    "  --fault SPEC         what goes wrong, see docs/faults.md; may be repeated\n\n"
    "The port:\n"
    "  --listen PORT        unix:PATH, tcp:ADDR:PORT (port 0 takes a free one), pty[:LINK], or\n"
    "                       usbip[:ADDR:PORT], a USB/IP server (default 127.0.0.1:3240), see "
    "docs/howto-usbip.md\n"
    "  --phones N           usbip: N such phones, on bus ids 1-1 to 1-N, with seeds from --seed on; their "
    "state\n"
    "                       is kept in folders 1-1 to 1-N below that of --state\n"
    "  --expose             let tcp and usbip listen on addresses that other machines can reach\n"
    "  --once               end when the first connection (usbip: import) has ended\n\n"
    "What is written:\n"
    "  --uart FILE          the phone's serial log; - for standard error\n"
    "  --record FILE        USB transfers as pcapng, for Wireshark and mtktrace\n"
    "  --help               this text\n\n"
    "A connection plugs the cable in, its end pulls it. While nobody is connected the phone's time stands "
    "still. A phone\n"
    "that is off or has booted is switched off and on at the next connection. A phone that leaves the bus "
    "ends the\n"
    "connection. One host at a time. On usbip an import is a connection, and the host does the rest of USB "
    "itself.\n\n"
    "Exit codes: 0 stopped, 1 failed, or with --once a fault that was asked for never happened, 2 wrong "
    "usage.\n";

enum { RUN_PHONES_MAX = 64 }; /* a port may have less room */

/* What the command line says. */
struct job {
    struct mtksim_config cfg;
    const char **settings; /* NULL-terminated, room for every word of the command line */
    size_t n_settings;
    char *fault; /* all --fault, joined with ';' */
    const char *listen, *uart, *record;
    bool expose, once;
    uint64_t phones;
};

/* The phones that run. */
struct bench {
    struct mtksim *phone[RUN_PHONES_MAX];
    size_t count;
};

/* ---- options ---- */

static int add_fault(struct job *j, const char *spec)
{
    char *all = NULL;
    if (asprintf(&all, "%s%s%s", j->fault ? j->fault : "", j->fault ? ";" : "", spec) < 0)
        return -1;
    free(j->fault);
    j->fault = all;
    return 0;
}

static int parse_boot(const struct cli_command *self, struct job *j, const char *word)
{
    j->cfg.boot = strcmp(word, "preloader") == 0 ? MTKSIM_BOOT_PRELOADER : MTKSIM_BOOT_BROM;
    if (j->cfg.boot == MTKSIM_BOOT_PRELOADER || strcmp(word, "brom") == 0)
        return CLI_DONE;
    return cli_usage(self, "--boot %s: brom or preloader", word);
}

/* Options whose value is kept as it is, by their letter. */
static const char **text_option(struct job *j, int c)
{
    const struct {
        int letter;
        const char **where;
    } texts[] = {{'c', &j->cfg.chip},    {'t', &j->cfg.storage},  {'d', &j->cfg.state_dir},
                 {'r', &j->cfg.rom_dir}, {'y', &j->cfg.security}, {'l', &j->listen},
                 {'u', &j->uart},        {'w', &j->record}};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (texts[i].letter == c)
            return texts[i].where;
    return NULL;
}

static int parse_option(const struct cli_command *self, struct job *j, int c)
{
    const char **text = text_option(j, c);
    if (text)
        *text = optarg;
    else if (c == 'b')
        return parse_boot(self, j, optarg);
    else if (c == 'x')
        j->expose = true;
    else if (c == 'o')
        j->once = true;
    else if (c == 'n' && cli_number(optarg, false, &j->cfg.seed) != 0)
        return cli_usage(self, "--seed %s is no number", optarg);
    else if (c == 'p' &&
             (cli_number(optarg, false, &j->phones) != 0 || j->phones == 0 || j->phones > RUN_PHONES_MAX))
        return cli_usage(self, "--phones %s: 1 to %d", optarg, RUN_PHONES_MAX);
    else if (c == 'z' && (cli_number(optarg, true, &j->cfg.storage_size) != 0 || j->cfg.storage_size == 0))
        return cli_usage(self, "--storage-size %s is no size", optarg);
    else if (c == 'k')
        j->settings[j->n_settings++] = optarg;
    else if (c == 'f' && add_fault(j, optarg) != 0)
        return cli_failed("%s", strerror(ENOMEM));
    return CLI_DONE;
}

/* What can be refused before anything is made. */
static int check(const struct cli_command *self, const struct job *j)
{
    char err[512];
    if (!j->listen)
        return cli_usage(self,
                         "--listen is needed: unix:PATH, tcp:ADDR:PORT, pty[:LINK] or usbip[:ADDR:PORT]");
    if (j->phones > 1 && (j->uart || j->record))
        return cli_usage(self, "--%s takes one phone", j->uart ? "uart" : "record");
    if (j->cfg.chip && !soc_find(j->cfg.chip))
        return cli_usage(self, "--chip %s: there is no profile of that name, see 'mtksim chips'",
                         j->cfg.chip);
    enum board_storage storage;
    if (j->cfg.storage && !board_storage_by_name(j->cfg.storage, &storage))
        return cli_usage(self, "--storage %s: emmc, ufs or nand", j->cfg.storage);
    struct board_fuses fuses = {.sbc = false};
    if (j->cfg.security && security_parse(&fuses, j->cfg.security, err, sizeof(err)) != 0)
        return cli_usage(self, "--%s", err);
    if (j->fault) {
        struct fault_set *f = fault_parse(j->fault, 0, err, sizeof(err));
        if (!f)
            return cli_usage(self, "--fault: %s", err);
        fault_free(f);
    }
    return CLI_DONE;
}

/* CLI_END: go on; anything else is the exit code. */
static int parse(const struct cli_command *self, int argc, char **argv, struct job *j)
{
    static const struct option options[] = {{"chip", required_argument, NULL, 'c'},
                                            {"boot", required_argument, NULL, 'b'},
                                            {"storage", required_argument, NULL, 't'},
                                            {"state", required_argument, NULL, 'd'},
                                            {"rom", required_argument, NULL, 'r'},
                                            {"security", required_argument, NULL, 'y'},
                                            {"seed", required_argument, NULL, 'n'},
                                            {"uart", required_argument, NULL, 'u'},
                                            {"record", required_argument, NULL, 'w'},
                                            {"listen", required_argument, NULL, 'l'},
                                            {"phones", required_argument, NULL, 'p'},
                                            {"storage-size", required_argument, NULL, 'z'},
                                            {"set", required_argument, NULL, 'k'},
                                            {"fault", required_argument, NULL, 'f'},
                                            {"expose", no_argument, NULL, 'x'},
                                            {"once", no_argument, NULL, 'o'},
                                            CLI_COMMON_OPTIONS};
    for (int c; (c = cli_next(self, argc, argv, options, 0)) != CLI_END;) {
        if (c == CLI_WRONG || c == CLI_HELP)
            return c == CLI_HELP ? CLI_DONE : CLI_USAGE;
        int code = parse_option(self, j, c);
        if (code != CLI_DONE)
            return code;
    }
    j->cfg.settings = j->settings;
    j->cfg.fault = j->fault;
    int code = check(self, j);
    return code != CLI_DONE ? code : CLI_END;
}

/* ---- running ---- */

static void on_connection(void *ctx, const char *line)
{
    (void)ctx;
    fprintf(stderr, "mtksim: %s\n", line);
}

static void on_uart(void *ctx, int64_t time_ns, const char *line)
{
    fprintf(ctx, "[%6" PRId64 ".%06" PRId64 "] %s\n", time_ns / NS_PER_S, time_ns % NS_PER_S / NS_PER_US,
            line);
}

/* SIGINT and SIGTERM as a file that becomes readable. */
static int stop_file(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
        return -1;
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int serve(const struct job *j, const struct bench *b)
{
    char err[512];
    struct port *port = port_open(j->listen, j->expose, err, sizeof(err));
    if (!port)
        return cli_failed("%s", err);
    int code = CLI_DONE;
    struct port_options opt = {.once = j->once, .stop_fd = stop_file(), .log = on_connection};
    if (b->count > port_capacity(port)) {
        code = cli_failed("%s has room for %zu phones, not for %zu", port_address(port), port_capacity(port),
                          b->count);
    } else if (opt.stop_fd < 0) {
        code = cli_failed("signals: %s", strerror(errno));
    } else {
        printf("ready: %s\n", port_address(port));
        fflush(stdout);
        if (port_serve(port, b->phone, b->count, &opt, err, sizeof(err)) != 0)
            code = cli_failed("%s", err);
        close(opt.stop_fd);
    }
    port_close(port);
    return code;
}

/* Says how often the faults fired. A test that asked for one fault and saw none must not pass. */
static int report_faults(const struct job *j, const struct bench *b)
{
    char text[4096];
    if (!j->fault)
        return CLI_DONE;
    unsigned never = 0;
    for (size_t i = 0; i < b->count; i++) {
        never += mtksim_faults(b->phone[i], text, sizeof(text));
        fputs(text, stderr);
    }
    if (never == 0)
        return CLI_DONE;
    cli_failed("%u of the faults that were asked for never happened", never);
    return j->once ? CLI_FAILED : CLI_DONE;
}

static int run_phones(const struct job *j, const struct bench *b)
{
    int code = CLI_DONE;
    FILE *uart = !j->uart ? NULL : strcmp(j->uart, "-") == 0 ? stderr : fopen(j->uart, "we");
    struct port_record *record = NULL;
    if (j->uart && !uart)
        return cli_failed("%s: %s", j->uart, strerror(errno));
    if (uart) {
        setvbuf(uart, NULL, _IOLBF, 0);
        mtksim_set_log(b->phone[0], on_uart, uart);
    }
    if (j->record && !(record = port_record_start(b->phone[0], j->record, NULL)))
        code = cli_failed("%s: %s", j->record, strerror(errno));
    else
        code = serve(j, b);
    int faults = report_faults(j, b);
    if (record && port_record_stop(record) != 0)
        code = cli_failed("%s is not complete: %s", j->record, strerror(errno));
    for (size_t i = 0; i < b->count; i++)
        if (mtksim_sync(b->phone[i]) != 0)
            code = cli_failed("%s cannot be written: %s", j->cfg.state_dir, strerror(errno));
    mtksim_set_log(b->phone[0], NULL, NULL);
    if (uart && uart != stderr && fclose(uart) != 0)
        code = cli_failed("%s is not complete: %s", j->uart, strerror(errno));
    return code != CLI_DONE ? code : faults;
}

/* Makes the i-th of several phones: another seed, and a folder of its own. */
static struct mtksim *make_one(const struct job *j, size_t i, char *err, size_t err_len)
{
    struct mtksim_config cfg = j->cfg;
    char dir[4096];
    if (cfg.state_dir && j->phones > 1) {
        int n = snprintf(dir, sizeof(dir), "%s/1-%zu", cfg.state_dir, i + 1);
        if (n < 0 || n >= (int)sizeof(dir) || (mkdir(cfg.state_dir, 0777) != 0 && errno != EEXIST)) {
            snprintf(err, err_len, "%s cannot be made", cfg.state_dir);
            return NULL;
        }
        cfg.state_dir = dir;
    }
    cfg.seed += i;
    return mtksim_new(&cfg, err, err_len);
}

static int make_and_run(const struct job *j)
{
    struct bench b = {.count = 0};
    char err[512];
    int code;
    while (b.count < j->phones && (b.phone[b.count] = make_one(j, b.count, err, sizeof(err))) != NULL)
        b.count++;
    code = b.count == j->phones ? run_phones(j, &b) : cli_failed("%s", err);
    while (b.count > 0)
        mtksim_free(b.phone[--b.count]);
    return code;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
    struct job j = {.settings = calloc((size_t)argc + 1, sizeof(*j.settings)), .phones = 1};
    if (!j.settings)
        return cli_failed("%s", strerror(ENOMEM));
    int code = parse(self, argc, argv, &j);
    if (code == CLI_END)
        code = make_and_run(&j);
    free(j.settings);
    free(j.fault);
    return code;
}

const struct cli_command cli_run = {"run", "simulate a phone behind a port", help, run};
