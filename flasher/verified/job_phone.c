/* SPDX-License-Identifier: Apache-2.0 */
/* The jobs that are about the phone itself: info and reboot. */
#include <string.h>
#include <strings.h>

#include "flasher/verified/device.h"
#include "flasher/verified/jobs.h"
#include "formats/seccfg.h"
#include "protocol/error_index.h"

/* Version 3 of seccfg has 0x1860 bytes, version 4 less (formats.md 5.5); whole blocks of any storage. */
#define SECCFG_BYTES 0x2000u

/* ---- info ---- */

/* The lock state is worth a look, but not an error: a phone need have no seccfg, and it need not be readable. */
static int read_lock(struct mtk_session *s, struct mtk_error *err)
{
    uint8_t head[SECCFG_BYTES];
    struct mtk_seccfg cfg;
    struct mtk_error why = {0};
    const struct mtk_gpt_entry *e = NULL;
    for (size_t i = 0; i < s->table.n_entries && !e; i++)
        if (strcasecmp(s->table.entries[i].name, "seccfg") == 0) /* PMTs have names in capitals */
            e = &s->table.entries[i];
    if (!e)
        return 0;
    size_t n = e->size < sizeof(head) ? (size_t)e->size : sizeof(head);
    if (mtk_device_read(s, mtk_device_user_area(s), e->start, head, n, &why) < 0) {
        if (s->agent->usable && !mtk_error_is(&why, MTK_E_MTK_CANCELLED))
            return 0;
        *err = why;
        return -1;
    }
    if (mtk_seccfg_parse(head, n, &cfg))
        s->lock = mtk_seccfg_words(&cfg);
    return 0;
}

/* What only the storage itself tells: its table, and the lock state in it. */
static int look_closer(struct mtk_session *s, struct mtk_error *err)
{
    struct mtk_error why = {0};
    if (mtk_device_table(s, &why) == 0)
        return read_lock(s, err);
    if (s->agent->usable && !mtk_error_is(&why, MTK_E_MTK_CANCELLED)) {
        mtk_note(s->sink, 2, "the partition table cannot be read: %s", why.what);
        return 0;
    }
    *err = why;
    return -1;
}

int mtk_job_info(struct mtk_session *s, const void *arg, struct mtk_error *err)
{
    (void)arg;
    int agent = mtk_session_has_agent_file(s, err);
    if (agent < 0)
        return -1;
    s->hold_info = true;
    if (!agent) {
        if (mtk_session_connect(s, err) < 0)
            return -1;
        mtk_session_info(s);
        mtk_note(s->sink, 3,
                 "with a Download Agent (--da FILE) the phone also tells about its storage and DRAM");
        return 0;
    }
    if (mtk_session_agent(s, err) < 0)
        return -1;
    int rc = look_closer(s, err);
    mtk_session_info(s);
    return rc;
}

/* ---- reboot ---- */

int mtk_job_reboot(struct mtk_session *s, const void *arg, struct mtk_error *err)
{
    static const char *const modes[] = {"system", "recovery", "fastboot", "off"};
    const char *wanted = ((const struct mtk_reboot_args *)arg)->mode;
    const char *mode = wanted ? NULL : modes[0];
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
        if (wanted && strcmp(wanted, modes[i]) == 0)
            mode = modes[i];
    if (!mode)
        return mtk_fail(err, MTK_E_MTK_USAGE, MTK_EV_HOST,
                        "\"%.40s\" is not system, recovery, fastboot or off", wanted);
    /* The watchdog can restart the phone without an agent; anything but a plain restart takes one. */
    int agent = mtk_session_has_agent_file(s, err);
    if (agent < 0)
        return -1;
    if (!agent && mode == modes[0]) {
        if (mtk_session_connect(s, err) < 0)
            return -1;
        mtk_step_begin(s, "reboot", "", 0, NULL);
        return mtk_boot_reset(s->link, &s->boot, &s->id, err);
    }
    if (mtk_session_agent(s, err) < 0)
        return -1;
    mtk_step_begin(s, "reboot", "", 0, NULL);
    s->ending = mode;
    return 0;
}
