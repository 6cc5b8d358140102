/* SPDX-License-Identifier: Apache-2.0 */
#include "flasher/verified/preloaders.h"

#include <stdio.h>
#include <string.h>

#include "formats/preloader.h"

void mtk_preloaders_read(const struct mtk_rom *rom, const struct mtk_sink *sink, struct mtk_preloaders *out)
{
    char path[4096], name[256];
    const char *after = NULL;
    memset(out, 0, sizeof(*out));
    while (out->n < MTK_FURTHER_PRELOADERS && mtk_rom_further_preloader(rom, after, path)) {
        struct mtk_error err = {0};
        struct mtk_blob *blob = &out->blobs[out->n];
        const char *slash = strrchr(path, '/');
        snprintf(name, sizeof(name), "%.255s", slash ? slash + 1 : path);
        after = name;
        if (mtk_file_read(path, MTK_PRELOADER_MAX_BYTES, blob, &err) < 0) {
            mtk_note(sink, 1, "%s", err.what);
            continue;
        }
        memcpy(out->names[out->n], name, sizeof(name));
        out->files[out->n] =
            (struct mtk_preloader_file){.data = blob->data, .len = blob->len, .name = out->names[out->n]};
        out->n++;
    }
}

void mtk_preloaders_release(struct mtk_preloaders *p)
{
    for (size_t i = 0; i < p->n; i++)
        mtk_blob_release(&p->blobs[i]);
    p->n = 0;
}
