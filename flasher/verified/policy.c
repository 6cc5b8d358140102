/* SPDX-License-Identifier: Apache-2.0 */
#include "flasher/verified/policy.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

/* Device-unique partitions, formats.md 5.6, with the PMT-era names of the same. A '*' at the end stands for anything. */
static const char *const identity[] = {
    "nvram",       "nvdata",  "nvcfg",  "protect1", "protect2",     "protect_f", "protect_s", "proinfo",
    "pro_info",    "persist", "md_udc", "metadata", "seccfg",       "frp",       "sec1",      "keystore",
    "oemkeystore", "efuse",   "para",   "misc",     "boot_para",    "expdb",     "flashinfo", "otp",
    "sdrpmb",      "misc2",   "backup", "tranfs",   "opporeserve*", "ocdt",      "mpt",
};

static const char *const preloaders[] = {"preloader", "preloader_backup"};
static const char *const only_if_named[] = {"preloader", "preloader_backup", "sec_ro", "secro"};

#define WHY_CONTENT  "content: nothing that boots the phone depends on it"
#define WHY_FIRMWARE "firmware of a coprocessor: needed by the system, not by the boot chain"
#define WHY_CHAIN    "boot chain: late, so that an interrupted session leaves the old chain whole"
#define WHY_LAST     "the preloader is last: without it only the boot ROM is left"

/*
 * What is written when, and what its image begins with. Names without slot suffix and without the number of a copy.
 * What is not listed is content.
 */
static const struct {
    const char *name;
    unsigned rank;
    const char *why;
    enum mtk_expected_header header;
} kinds[] = {
    {"logo", 20, WHY_FIRMWARE, MTK_EXPECT_MTK},
    {"md1img", 30, WHY_FIRMWARE, MTK_EXPECT_MTK},
    {"md1dsp", 30, WHY_FIRMWARE, MTK_EXPECT_MTK},
    {"md3img", 30, WHY_FIRMWARE, MTK_EXPECT_MTK},
    {"spmfw", 30, WHY_FIRMWARE, MTK_EXPECT_MTK},
    {"scp", 30, WHY_FIRMWARE, MTK_EXPECT_MTK},
    {"sspm", 30, WHY_FIRMWARE, MTK_EXPECT_MTK},
    {"mcupm", 30, WHY_FIRMWARE, MTK_EXPECT_MTK},
    {"cam_vpu", 30, WHY_FIRMWARE, MTK_EXPECT_MTK},
    {"recovery", 40, WHY_CONTENT, MTK_EXPECT_BOOT},
    {"dtbo", 50, WHY_CHAIN, MTK_EXPECT_ANY},
    {"vbmeta", 52, WHY_CHAIN, MTK_EXPECT_VBMETA},
    {"vbmeta_system", 52, WHY_CHAIN, MTK_EXPECT_VBMETA},
    {"vbmeta_vendor", 52, WHY_CHAIN, MTK_EXPECT_VBMETA},
    {"sec_ro", 54, WHY_CHAIN, MTK_EXPECT_ANY},
    {"secro", 54, WHY_CHAIN, MTK_EXPECT_ANY},
    {"gz", 60, WHY_CHAIN, MTK_EXPECT_MTK},
    {"lk", 62, WHY_CHAIN, MTK_EXPECT_MTK},
    {"uboot", 62, WHY_CHAIN, MTK_EXPECT_MTK},
    {"tee", 64, WHY_CHAIN, MTK_EXPECT_MTK},
    {"trustzone", 64, WHY_CHAIN, MTK_EXPECT_ANY},
    {"vendor_boot", 70, WHY_CHAIN, MTK_EXPECT_ANY},
    {"init_boot", 70, WHY_CHAIN, MTK_EXPECT_BOOT},
    {"boot", 72, WHY_CHAIN, MTK_EXPECT_BOOT},
    {"bootimg", 72, WHY_CHAIN, MTK_EXPECT_BOOT},
    {"preloader_backup", 90, WHY_LAST, MTK_EXPECT_ANY},
    {"preloader", 91, WHY_LAST, MTK_EXPECT_ANY},
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Length of a name without slot suffix. */
static size_t without_slot(const char *s, size_t n)
{
    if (n > 2 && s[n - 2] == '_' &&
        (tolower((unsigned char)s[n - 1]) == 'a' || tolower((unsigned char)s[n - 1]) == 'b'))
        n -= 2;
    return n;
}

/* Length of a name without slot suffix and without the number of a copy: lk2, sspm_1, tee2_a. */
static size_t stem(const char *s)
{
    size_t n = without_slot(s, strlen(s)), k = n;
    while (k > 1 && isdigit((unsigned char)s[k - 1]))
        k--;
    if (k < n && k > 1 && s[k - 1] == '_')
        k--;
    return k;
}

static bool same(const char *s, size_t n, const char *name)
{
    return strlen(name) == n && strncasecmp(s, name, n) == 0;
}

static bool listed(const char *s, size_t n, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t k = strlen(list[i]);
        if (list[i][k - 1] == '*' ? n >= k - 1 && strncasecmp(s, list[i], k - 1) == 0 : same(s, n, list[i]))
            return true;
    }
    return false;
}

bool mtk_policy_identity(const char *partition)
{
    return listed(partition, without_slot(partition, strlen(partition)), identity, COUNT(identity));
}

bool mtk_policy_only_if_named(const char *partition)
{
    return listed(partition, without_slot(partition, strlen(partition)), only_if_named, COUNT(only_if_named));
}

bool mtk_policy_preloader(const char *partition)
{
    return listed(partition, without_slot(partition, strlen(partition)), preloaders, COUNT(preloaders));
}

bool mtk_policy_table(const char *partition)
{
    return strcasecmp(partition, "pgpt") == 0 || strcasecmp(partition, "sgpt") == 0;
}

/* Row of kinds[] for a name: exact name first (md1img ends in no copy number), then its stem. COUNT(kinds) if none. */
static size_t kind_of(const char *partition)
{
    const size_t lengths[] = {without_slot(partition, strlen(partition)), stem(partition)};
    for (size_t k = 0; k < COUNT(lengths); k++)
        for (size_t i = 0; i < COUNT(kinds); i++)
            if (same(partition, lengths[k], kinds[i].name))
                return i;
    return COUNT(kinds);
}

unsigned mtk_policy_rank(const char *partition, const char **why)
{
    size_t i = kind_of(partition);
    if (why)
        *why = i < COUNT(kinds) ? kinds[i].why : WHY_CONTENT;
    return i < COUNT(kinds) ? kinds[i].rank : 10;
}

enum mtk_expected_header mtk_policy_header(const char *partition)
{
    size_t i = kind_of(partition);
    return i < COUNT(kinds) ? kinds[i].header : MTK_EXPECT_ANY;
}
