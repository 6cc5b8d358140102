/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the speakers of all generations have in common: the link and its timeouts, the step that goes into errors, areas
 * and their ranges, cancelling. None of it is on the wire; how bytes are framed and acknowledged is each speaker's own.
 *
 * Whoever fails in here has filled *err with stage and command; err is never NULL.
 */
#ifndef FLASHER_AGENT_SPEAKER_H
#define FLASHER_AGENT_SPEAKER_H

#include "flasher/agent/agent.h"
#include "flasher/boot/boot.h"
#include "flasher/boot/timeouts.h"
#include "flasher/link/link.h"

struct agent_speaker {
    struct mtk_agent agent; /* first: the ops get a pointer to it */
    struct mtk_link *link;  /* the caller's */
    struct mtk_timeouts timeouts;
    const char *stage;   /* "da1" or "da2" */
    const char *command; /* the command under way */
    struct mtk_agent_info info;
    bool internal;    /* a transfer of the speaker's own: neither progress nor cancelling */
    uint8_t *staging; /* puts odd pieces of a source together; NULL until needed, freed by the owner */
};

/* A zeroed speaker on a link, in stage 1, nothing exchanged yet. generation: as in mtk_agent_info. */
void agent_speaker_init(struct agent_speaker *s, const struct mtk_agent_ops *ops, const char *generation,
                        struct mtk_link *l, const struct mtk_boot_options *opt);
/* mtk_agent_ops.info of every speaker. */
void agent_info(struct mtk_agent *a, struct mtk_agent_info *out);

int64_t agent_timeout(const struct agent_speaker *s, enum mtk_timeout_op op, uint64_t bytes);

/* ---- failing; always -1 ---- */

/* Fails with a row of its own. */
int agent_fail(struct agent_speaker *s, int row, enum mtk_evidence evidence, struct mtk_error *err,
               const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* Adds stage and command to an error that was found by a function that does not know them. */
int agent_failed(const struct agent_speaker *s, struct mtk_error *err);
/* The same for a transfer: nobody knows any more what the agent has seen, so the session ends here. */
int agent_lost(struct agent_speaker *s, struct mtk_error *err);
/* What came makes no sense here: the place in the dialogue is lost. */
int agent_out_of_step(struct agent_speaker *s, const void *got, size_t n_got, struct mtk_error *err,
                      const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* A way to end the session that the agent does not have. agent: "an XFlash agent"; known: others have it. */
int agent_no_way_to_end(struct agent_speaker *s, const char *agent, const char *mode, bool known,
                        struct mtk_error *err);

/* ---- commands ---- */

/* Names the command under way. */
void agent_step(struct agent_speaker *s, const char *command);
/* The same, and fails for an agent that is not usable any more: 0 or -1. */
int agent_begin(struct agent_speaker *s, const char *command, struct mtk_error *err);
/* The same for a command on [addr, addr + len) of an area. Gives its index in info.areas, or -1. */
int agent_begin_range(struct agent_speaker *s, const char *command, const char *area, uint64_t addr,
                      uint64_t len, struct mtk_error *err);
/*
 * 0 if a range to erase is in whole units: of info.erase_size where the storage has one, else of `unit`; 0 counts as 1.
 */
int agent_check_erase(struct agent_speaker *s, uint64_t addr, uint64_t len, uint32_t unit,
                      struct mtk_error *err);
/* True if the caller of the agent wants to stop; *err is filled then. acked: bytes that were acknowledged so far. */
bool agent_cancelled(struct agent_speaker *s, uint64_t acked, struct mtk_error *err);
/* Tells the caller of the agent how many bytes of its call are done. */
void agent_progress(struct agent_speaker *s, uint64_t done);

/*
 * After a command that changes the speed of the USB port: nothing may come any more but the end of this enumeration; then
 * the link opens the next one. row: of the error if the phone stays away.
 */
int agent_reenumerate(struct agent_speaker *s, int row, struct mtk_error *err);

/* ---- what start-up learns ---- */

/* Adds an area to info; one without bytes, or behind the last row, is left out. Its index, or -1. */
int agent_add_area(struct agent_speaker *s, const char *name, uint64_t size, bool accessible);

/* ---- the caller's data ---- */

/* Makes sure that there is s->staging, of `room` bytes whenever it is asked for. 0 or -1. */
int agent_staging(struct agent_speaker *s, size_t room, struct mtk_error *err);
/*
 * The next n <= room bytes of a source, contiguous: as a rule the source's own memory, else staging of `room` bytes. They
 * stay valid until the source is asked again. 0 or -1; a failure of the source has its own stage and command, if any.
 */
int agent_gather(struct agent_speaker *s, const struct mtk_source *from, size_t n, size_t room,
                 const uint8_t **data, struct mtk_error *err);

#endif
