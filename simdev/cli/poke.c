/* SPDX-License-Identifier: Apache-2.0 */
/* mtksim poke: change a byte of a phone's flash behind everybody's back, to see whether it is found. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "simdev/cli/cli.h"

static const char help[] =
    "Usage: mtksim poke --state DIR AREA@OFFSET [--xor 0xNN]\n"
    "Change one byte of a phone's flash behind the back of whatever checks it, and print the byte before and "
    "after.\n"
    "AREA is boot1, boot2, rpmb or user on eMMC, lu0, lu1, rpmb or lu2 on UFS, nand or oob (the spare bytes) "
    "on NAND;\n"
    "OFFSET counts bytes from the start of the area.\n\n"
    "Options:\n"
    "  --state DIR  folder of the phone; no other program may be running it\n"
    "  --xor 0xNN   bits to flip, default 0x01; the same poke again undoes it\n"
    "  --help       this text\n\n"
    "Example:\n"
    "  mtksim poke --state phone user@0x2081234 --xor 0x10\n"
    "  user@0x2081234: 0x41 -> 0x51\n\n"
    "Exit codes: 0 done, 1 failed, 2 wrong usage.\n";

/* Where to poke. */
struct place {
    char area[16];
    uint64_t offset;
};

static int parse_place(const char *word, struct place *at)
{
    const char *sign = strchr(word, '@');
    size_t n = sign ? (size_t)(sign - word) : 0;
    if (n == 0 || n >= sizeof(at->area))
        return -1;
    memcpy(at->area, word, n);
    at->area[n] = '\0';
    return cli_number(sign + 1, false, &at->offset);
}

/* The areas that the phone has, as words. */
static const char *areas_of(const struct mtksim *phone, char *out, size_t len)
{
    static const char *const names[] = {"boot1", "boot2", "lu0", "lu1", "rpmb", "user", "lu2", "nand", "oob"};
    *out = '\0';
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        size_t used = strlen(out);
        if (mtksim_flash_size(phone, names[i]))
            snprintf(out + used, len - used, "%s%s", used ? ", " : "", names[i]);
    }
    return out;
}

static int poke(const struct cli_command *self, struct mtksim *phone, const struct place *at, uint8_t mask)
{
    uint64_t size = mtksim_flash_size(phone, at->area);
    char areas[64];
    if (size == 0)
        return cli_usage(self, "the phone has no area '%s': %s", at->area,
                         areas_of(phone, areas, sizeof(areas)));
    if (at->offset >= size)
        return cli_usage(self, "0x%" PRIx64 " lies outside: %s has 0x%" PRIx64 " bytes", at->offset, at->area,
                         size);
    uint8_t before, after;
    errno = 0;
    if (mtksim_flash_read(phone, at->area, at->offset, &before, 1) != 0)
        return cli_failed("%s@0x%" PRIx64 " cannot be read: %s", at->area, at->offset, strerror(errno));
    after = before ^ mask;
    if (mtksim_flash_write(phone, at->area, at->offset, &after, 1) != 0 || mtksim_sync(phone) != 0)
        return cli_failed("%s@0x%" PRIx64 " cannot be written: %s", at->area, at->offset, strerror(errno));
    printf("%s@0x%" PRIx64 ": 0x%02x -> 0x%02x\n", at->area, at->offset, before, after);
    return CLI_DONE;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
    static const struct option options[] = {
        {"state", required_argument, NULL, 's'}, {"xor", required_argument, NULL, 'x'}, CLI_COMMON_OPTIONS};
    const char *state = NULL;
    uint64_t mask = 1;
    struct place at;
    char err[512];
    for (int c; (c = cli_next(self, argc, argv, options, 1)) != CLI_END;) {
        if (c == CLI_WRONG || c == CLI_HELP)
            return c == CLI_HELP ? CLI_DONE : CLI_USAGE;
        if (c == 's')
            state = optarg;
        else if (cli_number(optarg, false, &mask) != 0 || mask == 0 || mask > 0xFF)
            return cli_usage(self, "--xor %s: a number from 0x01 to 0xff is needed", optarg);
    }
    if (!state)
        return cli_usage(self, "--state is needed: which phone?");
    if (optind == argc || parse_place(argv[optind], &at) != 0)
        return cli_usage(self, "where? A place is AREA@OFFSET, as in user@0x1000");
    struct mtksim *phone = cli_open_state(state, err, sizeof(err));
    if (!phone)
        return cli_usage(self, "%s", err);
    int code = poke(self, phone, &at, (uint8_t)mask);
    mtksim_free(phone);
    return code;
}

const struct cli_command cli_poke = {"poke", "change a byte of a phone's flash behind everybody's back", help,
                                     run};
