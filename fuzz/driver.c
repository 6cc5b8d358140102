/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs every file named on the command line, and every file below every folder named there, through a fuzz target.
 * It takes the place of libFuzzer's main where that is not at hand (gcc), and replays a corpus as a test.
 */
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "fuzz/fuzz.h"

#define MAX_INPUT (64u << 20)

static unsigned ran, failed;

static void complain(const char *path, const char *why)
{
    fprintf(stderr, "%s: %s\n", path, why);
    failed++;
}

/* Runs one file. The buffer has exactly its size, so that a sanitizer sees every step past its end. */
static void run(const char *path, size_t size)
{
    FILE *f = fopen(path, "rb");
    uint8_t *data = size <= MAX_INPUT ? malloc(size ? size : 1) : NULL;
    if (!f)
        complain(path, strerror(errno));
    else if (!data)
        complain(path, "too large");
    else if (fread(data, 1, size, f) != size)
        complain(path, "cannot be read");
    else {
        LLVMFuzzerTestOneInput(data, size);
        ran++;
    }
    free(data);
    if (f)
        fclose(f);
}

static int visit(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)ftw;
    if (type == FTW_F && S_ISREG(st->st_mode))
        run(path, (size_t)st->st_size);
    else if (type == FTW_DNR || type == FTW_NS)
        complain(path, "cannot be read");
    return 0;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (nftw(argv[i], visit, 16, FTW_PHYS) < 0)
            complain(argv[i], strerror(errno));
    printf("%u inputs run\n", ran);
    /* No input at all means that the corpus was not found: that must not look like success. */
    return failed || !ran;
}
