/* SPDX-License-Identifier: Apache-2.0 */
/* Writing and proving a partition table, see commit.h. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "flasher/verified/commit.h"
#include "flasher/verified/device.h"
#include "flasher/verified/diff.h"
#include "flasher/verified/layout.h"
#include "protocol/error_index.h"

/* Both copies of a GPT as bytes. */
struct gpt_bytes {
    uint8_t *first, *second;
    size_t first_len, second_len;
};

/* GUIDs follow from the ids of the phone, so that the same session writes the same bytes. */
static uint64_t guid_seed(const struct mtk_session *s)
{
    uint8_t ids[sizeof(s->agent_info.storage_id) + sizeof(s->agent_info.random_id)], digest[SHA256_LEN];
    memcpy(ids, s->agent_info.storage_id, sizeof(s->agent_info.storage_id));
    memcpy(ids + sizeof(s->agent_info.storage_id), s->agent_info.random_id, sizeof(s->agent_info.random_id));
    sha256_buf(ids, sizeof(ids), digest);
    return get_le64(digest);
}

/* ---- GPT ---- */

struct memory {
    const uint8_t *data;
    size_t len;
};

static ssize_t memory_next(void *ctx, size_t want, const uint8_t **data, struct mtk_error *err)
{
    struct memory *m = ctx;
    size_t n = m->len < want ? m->len : want;
    (void)err;
    *data = m->data;
    m->data += n;
    m->len -= n;
    return (ssize_t)n;
}

static int write_copy(struct mtk_session *s, const char *area, uint64_t at, const uint8_t *data, size_t len,
                      struct mtk_error *err)
{
    struct memory m = {data, len};
    const struct mtk_source from = {.next = memory_next, .ctx = &m};
    if (s->agent->ops->write(s->agent, area, at, len, &from, err) < 0)
        return -1;
    mtk_step_advance(s, len);
    return 0;
}

static int prove_copy(struct mtk_session *s, struct mtk_item *it, uint64_t at, const uint8_t *data,
                      size_t len, struct mtk_error *err)
{
    uint8_t *got = mtk_session_scratch(s, len, err), digest[SHA256_LEN];
    struct mtk_diff d = {0};
    if (!got || mtk_device_read(s, it->area, at, got, len, err) < 0)
        return -1;
    mtk_diff_add(&d, 0, data, got, len, NULL);
    sha256_buf(got, len, digest);
    if (!d.bytes) {
        const struct mtk_event ev = {
            .kind = MTK_EVENT_VERIFIED,
            .u.verified = {.partition = it->name, .area = it->area, .sha256 = digest, .size = len}};
        mtk_emit(s->sink, &ev);
        return 0;
    }
    mtk_fail(err, MTK_E_MTK_VERIFY_MISMATCH, MTK_EV_MISMATCH,
             "the copy of the partition table at 0x%" PRIX64 " differs in %" PRIu64
             " bytes, the first at offset 0x%" PRIX64,
             at, d.bytes, d.first);
    mtk_error_offset(err, d.first);
    mtk_error_bytes(err, d.expected, d.n, d.got, d.n);
    return -1;
}

static int write_gpt(struct mtk_session *s, struct mtk_item *it, const struct gpt_bytes *b,
                     struct mtk_error *err)
{
    uint64_t second_at = s->plan.table.disk_size - b->second_len;
    if (write_copy(s, it->area, second_at, b->second, b->second_len, err) < 0 ||
        write_copy(s, it->area, 0, b->first, b->first_len, err) < 0)
        return -1;
    mtk_step_end(s);
    mtk_step_begin(s, "verify", it->name, b->first_len + b->second_len, "both copies are read again");
    if (prove_copy(s, it, second_at, b->second, b->second_len, err) < 0 ||
        prove_copy(s, it, 0, b->first, b->first_len, err) < 0)
        return -1;
    return 0;
}

/* ---- what the agent writes itself ---- */

static int write_by_agent(struct mtk_session *s, struct mtk_item *it, bool after, struct mtk_error *err)
{
    if (s->agent->ops->set_table(s->agent, &s->plan.table, after, err) < 0)
        return -1;
    s->agent->ops->info(s->agent, &s->agent_info); /* which kind of table the phone has may be news */
    mtk_step_end(s);
    mtk_step_begin(s, "verify", it->name, 0, "the agent is asked for its table again");
    return 0;
}

/* Whatever kind it is: what the phone says now must be what was planned. */
static int read_again(struct mtk_session *s, struct mtk_error *err)
{
    mtk_device_forget_table(s);
    if (mtk_device_table(s, err) < 0)
        return -1;
    for (size_t i = 0; i < s->plan.table.n_entries; i++) {
        const struct mtk_gpt_entry *want = &s->plan.table.entries[i];
        const struct mtk_gpt_entry *got = mtk_gpt_find(&s->table, want->name);
        if (!got || got->start != want->start || got->size != want->size)
            return mtk_fail(err, MTK_E_MTK_VERIFY_MISMATCH, MTK_EV_MISMATCH,
                            "the phone's new table does not have %s at 0x%" PRIX64 "+0x%" PRIX64, want->name,
                            want->start, want->size);
    }
    return 0;
}

static int write_any(struct mtk_session *s, struct mtk_item *it, const struct gpt_bytes *b, bool after,
                     struct mtk_error *err)
{
    struct mtk_error e = {0};
    s->changed = true;
    it->state = MTK_ITEM_UNKNOWN;
    int rc = b->first ? write_gpt(s, it, b, &e) : write_by_agent(s, it, after, &e);
    if (rc == 0)
        rc = read_again(s, &e);
    if (rc < 0) {
        mtk_error_step(&e, NULL, it->name);
        *err = e;
        return -1;
    }
    it->state = MTK_ITEM_VERIFIED;
    mtk_step_end(s);
    return 0;
}

int mtk_commit_table(struct mtk_session *s, struct mtk_item *it, bool after, const char *why,
                     struct mtk_error *err)
{
    struct gpt_bytes b = {0};
    if (mtk_session_check_cancel(s, err) < 0)
        return -1;
    if (s->plan.table_is_gpt && mtk_gpt_write(&s->plan.table, guid_seed(s), &b.first, &b.first_len, &b.second,
                                              &b.second_len, err) < 0)
        return -1;
    mtk_step_begin(s, "table", it->name, b.first_len + b.second_len, why);
    int rc = write_any(s, it, &b, after, err);
    free(b.first);
    free(b.second);
    return rc;
}
