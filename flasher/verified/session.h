/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One session with one phone: from a port to an identified phone, a running agent, and a clean end with a result. Jobs
 * are functions over a session; what they need of it they ask for in their own order, so that cheap checks come first.
 * Nothing here or above knows an agent's generation or a link's kind.
 */
#ifndef FLASHER_VERIFIED_SESSION_H
#define FLASHER_VERIFIED_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/pipe.h"
#include "base/rsa.h"
#include "flasher/agent/agent.h"
#include "flasher/agent/start.h"
#include "flasher/boot/boot.h"
#include "flasher/link/link.h"
#include "flasher/verified/plan.h"
#include "formats/file.h"
#include "formats/gpt.h"
#include "formats/rom.h"
#include "include/mtkflash.h"

/* Progress of the step that runs. */
struct mtk_step_state {
    unsigned n, of;       /* number of the step, and how many there are */
    uint64_t base, total; /* bytes done by earlier commands of this step; bytes of the step */
    int64_t began, shown; /* link's clock */
};

struct mtk_store;

/* Where the phone's table was read from. */
enum mtk_table_kind { MTK_TABLE_NONE, MTK_TABLE_GPT, MTK_TABLE_PMT, MTK_TABLE_CATALOGUE };

struct mtk_session {
    const struct mtkflash_options *opt;
    const struct mtk_sink *sink;
    /* What was brought along. Blobs that a caller put in stay the caller's. */
    struct mtk_blob da, preloader, auth, cert;
    struct rsa_key *sla_key, *da_sla_key; /* NULL if none was given */
    char da_name[256], preloader_name[256];
    bool own_da, own_preloader;
    struct mtk_rom rom; /* the ROM that da and preloader come from, and that a job works with */
    bool has_rom;
    /* The phone. */
    struct mtk_link *link;
    bool own_link;
    struct mtk_timeouts timeouts;
    struct mtk_boot_options boot;
    struct mtk_phone_id id;
    bool identified, info_sent;
    bool hold_info;          /* the job will ask more of the phone before it is shown */
    struct mtk_agent *agent; /* NULL until started */
    struct mtk_agent_info agent_info;
    char agent_choice[128];
    const char *lock;      /* lock state in words, if it was read */
    char auth_words[1024]; /* what the phone demands and what serves */
    bool agent_asked;      /* the agent has demanded the answer to a challenge of its own */
    struct mtk_gpt table;  /* partitions of the user area */
    enum mtk_table_kind table_kind;
    /* The job. */
    struct mtk_plan plan;
    unsigned
        image_emi_version; /* of the preloader that is to be written; 0: none, or it has no DRAM settings */
    bool changed;          /* a command that can change the flash was sent */
    const char *ending;    /* how the agent is left: mode of its reboot call; default "none" */
    struct mtk_step_state step;
    /* Reused from partition to partition; made when first needed. */
    struct sha256 *sha_sent, *sha_read;
    struct mtk_pipe *out_pipe, *in_pipe; /* towards the phone, from the phone */
    uint8_t *scratch;
    size_t scratch_size;
    struct mtk_store *store; /* the backup folder that the job works with; NULL if there is none */
};

/* A job: 0, or -1 and *err. It may call everything below. */
typedef int (*mtk_job_fn)(struct mtk_session *s, const void *arg, struct mtk_error *err);

/*
 * Runs one job as a session: sets up, runs it, ends the agent cleanly if it still answers, says what is on the phone
 * if the job failed, and sends the RESULT event, whose exit code it returns. link: a ready link that stays the
 * caller's; NULL: one is made from opt->port (and recorded, if asked for).
 */
int mtk_session_run(const struct mtkflash_options *opt, struct mtk_link *link, mtk_job_fn job,
                    const void *arg);

/* Opens the ROM that the job works with (folder or scatter); da and preloader are taken from it if not given. */
int mtk_session_rom(struct mtk_session *s, const char *path, struct mtk_error *err);
/* Reads the Download Agent and preloader files. -1 with MTK_NO_AGENT if there is none. Needs no phone. */
int mtk_session_files(struct mtk_session *s, struct mtk_error *err);
/* Whether a Download Agent is at hand: 1, 0, or -1 and *err if the ROM of the options cannot be opened. */
int mtk_session_has_agent_file(struct mtk_session *s, struct mtk_error *err);
/* Opens the link and identifies the phone. Does nothing if it is identified already. */
int mtk_session_connect(struct mtk_session *s, struct mtk_error *err);
/* Connects, starts the agent and sends the INFO event. Does nothing if the agent runs already. */
int mtk_session_agent(struct mtk_session *s, struct mtk_error *err);
/* Sends the INFO event with what is known; once a session. */
void mtk_session_info(struct mtk_session *s);
/* MTK_CANCELLED if the user wants to end. Asked between steps; the agent asks between packets. */
int mtk_session_check_cancel(struct mtk_session *s, struct mtk_error *err);

/* A buffer of at least size bytes that lives until the session ends or the next call. NULL and *err. */
uint8_t *mtk_session_scratch(struct mtk_session *s, size_t size, struct mtk_error *err);

/* A step begins: STEP event; bytes is what it moves. */
void mtk_step_begin(struct mtk_session *s, const char *action, const char *partition, uint64_t bytes,
                    const char *why);
/* A command of the step is over after `bytes`; the next one counts on from there. */
void mtk_step_advance(struct mtk_session *s, uint64_t bytes);
/* The step is over: a last PROGRESS event that shows it complete. */
void mtk_step_end(struct mtk_session *s);

#endif
