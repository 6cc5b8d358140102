/* SPDX-License-Identifier: Apache-2.0 */
#include "flasher/verified/fetch.h"

#include <string.h>

#include "flasher/verified/flow.h"
#include "protocol/error_index.h"

struct fetching {
    struct mtk_outfile *file;
    struct sha256 *sha;
    bool any, blank;
    uint8_t first;
};

static int keep(void *ctx, const uint8_t *data, size_t n, struct mtk_error *err)
{
    struct fetching *r = ctx;
    if (!r->any && n) {
        r->any = true;
        r->first = data[0];
        r->blank = data[0] == 0x00 || data[0] == 0xFF;
    }
    if (r->blank && n)
        r->blank = data[0] == r->first && memcmp(data, data + 1, n - 1) == 0;
    sha256_update(r->sha, data, n);
    return mtk_outfile_write(r->file, data, n, err);
}

int mtk_fetch(struct mtk_session *s, const char *area, uint64_t start, uint64_t size, struct mtk_outfile *f,
              struct mtk_fetched *out, struct mtk_error *err)
{
    struct fetching r = {.file = f};
    struct mtk_flow flow;
    if (s->sha_read)
        sha256_reset(s->sha_read);
    else
        s->sha_read = sha256_new();
    r.sha = s->sha_read;
    if (!r.sha)
        return mtk_fail(err, MTK_E_MTK_INTERNAL, MTK_EV_HOST, "out of memory");
    if (mtk_flow_receive(&flow, s, size, keep, &r, err) < 0)
        return -1;
    int rc = s->agent->ops->read(s->agent, area, start, size, &flow.drain, err);
    rc = mtk_flow_end(&flow, rc == 0, err);
    sha256_final(r.sha, out->sha256);
    out->blank = r.blank;
    return rc;
}
