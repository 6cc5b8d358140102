/* SPDX-License-Identifier: Apache-2.0 */
#include "base/event.h"

#include <stdarg.h>
#include <stdio.h>

void mtk_emit(const struct mtk_sink *sink, const struct mtk_event *ev)
{
    if (sink && sink->fn)
        sink->fn(sink->ctx, ev);
}

void mtk_note(const struct mtk_sink *sink, int level, const char *fmt, ...)
{
    if (!sink || !sink->fn)
        return;
    char text[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    struct mtk_event ev = {.kind = MTK_EVENT_NOTE, .u.note = {.level = level, .text = text}};
    mtk_emit(sink, &ev);
}
