/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The XML speaker's inside, shared by its own files only. Specification: da-xml.md; section numbers in brackets.
 *
 * Frames are those of XFlash (xflash.h): struct v6 begins with a struct xflash and hands that to the xf_ functions. What
 * differs is inside the frames: texts and tokens, and that the agent leads. It asks for files and offers files by
 * callbacks, in any order it likes, until it ends the command.
 */
#ifndef FLASHER_AGENT_XML_H
#define FLASHER_AGENT_XML_H

#include "flasher/agent/edges.h"
#include "flasher/agent/xflash.h"
#include "protocol/xml.h"

#define V6_TEXT_MAX    (256u << 10) /* longest text or info file that is taken from an agent */
#define V6_COMMAND_MAX 64           /* longest name of a command, with its NUL */
#define V6_VALUE       256u         /* longest value cut out of a text, NUL included */

struct v6 {
    struct xflash x; /* first */
    /* CMD:START is still to be read before the next command; false: it was, and waits for its OK */
    bool start_due;
    char *text; /* last text received, NUL-terminated; V6_TEXT_MAX + 1 bytes */
    size_t text_len;
    char *doc; /* last info file, the same */
    size_t doc_len;
    char message[V6_VALUE]; /* of the last CMD:END, made printable */
    bool lost_loop;         /* the last ERR was followed by silence: such builds serve nothing any more [3] */
};

/* ---- xml_text.c: searching and making texts ---- */

/*
 * The value between <tag> and </tag>, searched for, not parsed: agents send texts that are not well-formed [3.1]. A
 * value whose end tag is missing ends at `stop` (may be NULL) or with the text. Entities are put back. False: no such
 * tag, or the value does not fit cap. from (may be NULL): where to begin; is moved behind the value.
 */
bool v6_tag(const char *text, const char *tag, const char *stop, const char **from, char *out, size_t cap);
/* The number in a value: 0x hex or decimal. False if it is none or does not fit. */
bool v6_number(const char *value, uint64_t *out);
bool v6_tag_number(const char *text, const char *tag, uint64_t *out);
/* Bytes of a value in hex; returns how many, at most cap. */
size_t v6_hex(const char *value, uint8_t *out, size_t cap);
/* s with & < > " as entities, for an argument. False if it does not fit. */
bool v6_escape(const char *s, char *out, size_t cap);

/* ---- xml_frame.c: tokens and texts [2] ---- */

int v6_send_token(struct v6 *v, const char *token, struct mtk_error *err);
/* "OK@0x..." */
int v6_send_value(struct v6 *v, uint64_t value, struct mtk_error *err);
/* The next frame as text, in v->text. */
int v6_recv_text(struct v6 *v, int64_t timeout_ns, struct mtk_error *err);
/* The same, but silence is no failure: 0 got one, 1 nothing came, -1 failed. */
int v6_poll_text(struct v6 *v, int64_t timeout_ns, struct mtk_error *err);
/* True if v->text is a token that means yes; its value, if it has one, goes to *value (may be NULL), else 0. */
bool v6_is_ok(const struct v6 *v, uint64_t *value);
/* The command of the XML text in v->text ("CMD:END"); empty if it has none, or one that is too long to be known. */
void v6_command_of(const struct v6 *v, char name[V6_COMMAND_MAX]);
/* True if v->text is an XML text of that command. */
bool v6_is_command(const struct v6 *v, const char *command);

/* ---- xml_command.c: the life of a command [3, 5] ---- */

/* What a command may ask of the host, and what became of it. Zero: nothing. */
struct v6_job {
    /* A file for the agent: from a source, or from memory. */
    const struct mtk_source *source;
    const uint8_t *data;
    uint64_t length;
    /* A file from the agent: into a drain, exactly `expected` bytes, or into v->doc (info files). */
    const struct mtk_drain *drain;
    uint64_t expected;
    bool takes_document;
    const struct agent_span *span; /* the range that the file is in whole units of; NULL: there is no other */
    uint64_t erase_size;           /* bytes that progress reports stand for, 0: they are not shown */
    int64_t patience;              /* how long each frame of the agent may take; 0: AGENT_REPLY */
    bool changes_flash;            /* agent.touched is set before the command goes out */
    /* Results. */
    bool unsupported;  /* the agent does not have the command; nothing is wrong with the session */
    bool got_document; /* v->doc holds it */
    bool began;        /* the agent erased or asked for data: the flash may have changed */
    uint64_t acked;    /* bytes that were acknowledged, of the range if there is one */
};

/*
 * Runs one command: name without "CMD:", version, and its arguments as XML (NULL: none). 0: CMD:END said OK, or the
 * command is unsupported (job->unsupported). -1: *err, and agent.usable says whether the loop lives.
 */
int v6_command(struct v6 *v, const char *name, const char *version, const char *args, struct v6_job *job,
               struct mtk_error *err);
/* The same with a text beside the arguments (<adv> of SET-RUNTIME-PARAMETER [3.2]). */
int v6_command_with(struct v6 *v, const char *name, const char *version, const char *args, const char *beside,
                    struct v6_job *job, struct mtk_error *err);
/* Judges the text received last, where CMD:START was due; a refusal in its place is one. */
int v6_take_start(struct v6 *v, struct mtk_error *err);
/* Waits for CMD:START, if it was not read yet. */
int v6_await_start(struct v6 *v, int64_t timeout_ns, struct mtk_error *err);

/* ---- xml_transfer.c: files both ways [5.1, 5.2] ---- */

/*
 * Serves a DOWNLOAD-FILE or UPLOAD-FILE whose text is in v->text. 0: over, the next frame is the agent's. 1: CMD:END
 * came in place of a status and is in v->text. 2: the agent said ERR, or the host gave up and told it so (*err is
 * filled); CMD:END follows. -1: *err, the link or the framing is lost.
 */
int v6_give_file(struct v6 *v, struct v6_job *job, struct mtk_error *err);
int v6_take_file(struct v6 *v, struct v6_job *job, struct mtk_error *err);

/* ---- xml_info.c: what the agent knows [4.1] ---- */

/* Storage, sizes, ids, DRAM from stage 2. */
int v6_learn(struct v6 *v, const struct mtk_phone_id *id, struct mtk_error *err);
int v6_table(struct mtk_agent *a, struct mtk_gpt *out, struct mtk_error *err);
/* The agent's name for an area ("EMMC-USER"), NULL if it has none. */
const char *v6_section(const char *area);

/* ---- xml_agent.c ---- */

struct v6 *v6_new(struct mtk_link *l, const struct mtk_boot_options *opt);

#endif
