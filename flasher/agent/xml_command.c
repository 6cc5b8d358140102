/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of a command [3]: CMD:START, OK, the command, a token, callbacks that the agent leads, CMD:END, OK. Callbacks
 * are served by name, in any order and number [11, item 8].
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "flasher/agent/xml.h"
#include "protocol/error_index.h"

#define COMMAND_MAX   2048u /* what stage 1 takes; stage 2 takes more [2] */
#define CALLBACK_MAX  4096u /* callbacks in one command; a phone that asks for more is not ending it */
#define TICKS_MAX     100000u
#define SHOWN_MESSAGE 160

/* What texts of agents mean in the catalogue; searched for in CMD:END's message, without regard to case [8]. */
static const struct meaning {
    const char *text;
    int row;
    const char *hint; /* what the user can do about it, NULL if the catalogue says it well enough */
} meanings[] = {
    {"Server is not authenticated", MTK_E_S_SECURITY_SLA_FAIL,
     "--da-sla-key is not the key of this agent; do not try many times"},
    {"Antirollback", MTK_E_STATUS_SEC_VIOLATE_ANTI_ROLLBACK,
     "the phone takes newer agents only: give the one of its present firmware with --da"},
    {"DRAM Init", MTK_E_STATUS_EXT_RAM_EXCEPTION, NULL},
    {"hash mismatch", MTK_E_STATUS_DA_HASH_MISMATCH, NULL},
    {"storage init fail", MTK_E_STATUS_STORAGE_MISMATCH, NULL},
    {"Cannot find [", MTK_E_STATUS_UNKNOWN_STORAGE_SECTION_TYPE, NULL},
    {"partition not found", MTK_E_STATUS_PARTITON_NOT_FOUND, NULL},
    {"Security deny", MTK_E_STATUS_SEC_DL_FORBIDDEN, NULL},
    {"signature", MTK_E_STATUS_SEC_IMG_VFY_FAIL, NULL},
    {"version too old", MTK_E_STATUS_SEC_VIOLATE_ANTI_ROLLBACK, NULL},
    {"checksum", MTK_E_STATUS_CHECKSUM_ERR, NULL},
    {"bigger than", MTK_E_STATUS_TOO_LARGE, NULL},
    {"larger than", MTK_E_STATUS_TOO_LARGE, NULL},
    {"Use wrong load", MTK_E_XML_WRONG_LOAD, NULL},
    {XML_MSG_NO_NODE, MTK_E_XML_NODE_PATH_NOT_FOUND, NULL},
    {"2nd DA address is invalid", MTK_E_XML_DA2_ADDRESS_INVALID, NULL},
};

/* A status word of XFlash that some messages hold: "code=0xc0010001" [3.1]. 0 if there is none. */
static uint32_t code_in(const char *message)
{
    const char *at = strstr(message, "code=0x");
    char word[11];
    uint64_t v = 0;
    if (!at)
        return 0;
    snprintf(word, sizeof(word), "%.10s", at + 5);
    return v6_number(word, &v) && v <= UINT32_MAX ? (uint32_t)v : 0;
}

static struct meaning meaning_of(const char *message)
{
    for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
        if (strcasestr(message, meanings[i].text))
            return meanings[i];
    return (struct meaning){.row = MTK_E_MTK_AGENT_REFUSED};
}

static int refused(struct v6 *v, struct mtk_error *err)
{
    uint32_t code = code_in(v->message);
    struct meaning m = meaning_of(v->message);
    if (v->message[0])
        mtk_fail(err, m.row, MTK_EV_REFUSED, "the agent ended the command with: %.*s%s%s", SHOWN_MESSAGE,
                 v->message, m.hint ? "; " : "", m.hint ? m.hint : "");
    else /* nothing is invented for an agent that gives no reason */
        mtk_fail(err, MTK_E_MTK_AGENT_REFUSED, MTK_EV_REFUSED,
                 "the agent ended the command with ERR and no message");
    if (code)
        mtk_error_status(err, code);
    return agent_failed(&v->x.s, err);
}

int v6_take_start(struct v6 *v, struct mtk_error *err)
{
    if (v6_is_command(v, "CMD:END")) { /* a refusal in place of the first CMD:START [6.1] */
        if (!v6_tag(v->text, "message", "</arg>", NULL, v->message, sizeof(v->message)))
            v->message[0] = 0;
        v->x.s.agent.usable = false;
        return refused(v, err);
    }
    if (!v6_is_command(v, "CMD:START"))
        return agent_out_of_step(&v->x.s, v->text, v->text_len < 32 ? v->text_len : 32, err,
                                 "CMD:START was due, something else came");
    v->start_due = false;
    return 0;
}

int v6_await_start(struct v6 *v, int64_t timeout_ns, struct mtk_error *err)
{
    if (!v->start_due)
        return 0;
    return v6_recv_text(v, timeout_ns, err) < 0 ? -1 : v6_take_start(v, err);
}

/* ---- callbacks ---- */

static int serve_progress(struct v6 *v, struct v6_job *job, struct mtk_error *err)
{
    int64_t step = job->patience ? job->patience : agent_timeout(&v->x.s, MTK_T_ERASE_STEP, 0);
    job->began = true;
    for (unsigned tick = 0; tick < TICKS_MAX; tick++) {
        uint64_t percent = 0;
        if (v6_send_token(v, XML_OK, err) < 0 || v6_recv_text(v, step, err) < 0)
            return -1;
        if (strcmp(v->text, XML_EOT) == 0)
            return v6_send_token(v, XML_OK, err);
        if (strncmp(v->text, XML_PROGRESS, strlen(XML_PROGRESS)) != 0)
            return agent_out_of_step(&v->x.s, v->text, v->text_len < 32 ? v->text_len : 32, err,
                                     "a progress tick was due, something else came");
        char number[8] = "";
        sscanf(v->text + strlen(XML_PROGRESS), "@%7[0-9]", number);
        if (!v6_number(number, &percent) || percent > 100)
            continue;
        if (job->erase_size)
            agent_progress(&v->x.s, job->erase_size / 100 * percent);
    }
    return agent_out_of_step(&v->x.s, NULL, 0, err, "the agent reports progress without end");
}

/* The agent asks about files of the host. There is one: the file of the job, and no companion of it. */
static int serve_file_system(struct v6 *v, struct v6_job *job, struct mtk_error *err)
{
    char key[32];
    bool known = v6_tag(v->text, "key", NULL, NULL, key, sizeof(key));
    if (v6_send_token(v, XML_OK, err) < 0)
        return -1;
    if (known && strcmp(key, "FILE-SIZE") == 0)
        return v6_send_value(v, job->length, err);
    if (known && strcmp(key, "EXISTS") == 0)
        return v6_send_token(v, XML_OK_AT "NOT-EXISTS", err);
    /* MKDIR, REMOVE and the like: this host has no folders to show, and says so [5.4]. */
    return v6_send_token(v, XML_ERR, err);
}

typedef int (*callback_fn)(struct v6 *v, struct v6_job *job, struct mtk_error *err);

/* What the agent may ask for in the middle of a command. */
static const struct {
    const char *command;
    callback_fn serve;
} callbacks[] = {
    {"CMD:DOWNLOAD-FILE", v6_give_file},
    {"CMD:UPLOAD-FILE", v6_take_file},
    {"CMD:PROGRESS-REPORT", serve_progress},
    {"CMD:FILE-SYS-OPERATION", serve_file_system},
};

/* One callback. 0: served; 1: v->text is CMD:END; 2: the transfer failed and CMD:END follows; -1. */
static int serve(struct v6 *v, struct v6_job *job, struct mtk_error *err)
{
    char command[V6_COMMAND_MAX];
    v6_command_of(v, command);
    if (strcasecmp(command, "CMD:END") == 0)
        return 1;
    for (size_t i = 0; i < sizeof(callbacks) / sizeof(callbacks[0]); i++)
        if (strcasecmp(command, callbacks[i].command) == 0)
            return callbacks[i].serve(v, job, err);
    return agent_out_of_step(&v->x.s, v->text, v->text_len < 32 ? v->text_len : 32, err,
                             "neither a callback nor CMD:END");
}

/*
 * Serves callbacks until CMD:END is in v->text. *failed gets the first failure on the way. A transfer that was broken
 * off is answered by ERR [5.1] or, by other builds, by what comes next.
 */
static int serve_all(struct v6 *v, struct v6_job *job, struct mtk_error *failed, struct mtk_error *err)
{
    int64_t patience = job->patience ? job->patience : agent_timeout(&v->x.s, MTK_T_AGENT_REPLY, 0);
    bool broken_off = false;
    for (unsigned n = 0; n < CALLBACK_MAX; n++) {
        struct mtk_error why = {0};
        if (v6_recv_text(v, patience, err) < 0)
            return -1;
        if (broken_off && strcmp(v->text, XML_ERR) == 0) {
            broken_off = false;
            continue;
        }
        int r = serve(v, job, &why);
        broken_off = r == 2;
        if (r < 0) {
            *err = why;
            return -1;
        }
        bool transfer = r == 2 || (r == 1 && why.row);
        if (transfer && !failed->row) {
            *failed = why;
            if (!failed->row) {
                mtk_fail(failed, MTK_E_MTK_AGENT_REFUSED, MTK_EV_REFUSED,
                         "the agent said ERR to a transfer after 0x%" PRIX64 " bytes", job->acked);
                agent_failed(&v->x.s, failed);
            }
        }
        if (r == 1)
            return 0;
    }
    return agent_out_of_step(&v->x.s, NULL, 0, err, "the agent calls back without end");
}

/* ---- the command ---- */

/* Result and message, however badly they are closed [3.1]. True if the result is yes. */
static bool read_end(struct v6 *v, bool *unsupported)
{
    char result[32];
    if (!v6_tag(v->text, "result", "</arg>", NULL, result, sizeof(result)))
        result[0] = 0;
    if (!v6_tag(v->text, "message", "</arg>", NULL, v->message, sizeof(v->message)))
        v->message[0] = 0;
    size_t n = strlen(v->message);
    for (size_t i = 0; i < n; i++) /* it may end on a terminal */
        if (v->message[i] < ' ' || v->message[i] > '~')
            v->message[i] = ' ';
    while (n && v->message[n - 1] == ' ')
        v->message[--n] = 0;
    *unsupported = strcmp(result, XML_UNSUPPORTED) == 0;
    return strncmp(result, XML_OK, 2) == 0;
}

/*
 * After a CMD:END of ERR some builds go on and others have left their loop for good; either shows within a second or
 * two, and it is waited for once [3, 11 item 4].
 */
static void look_for_start(struct v6 *v)
{
    struct mtk_error e = {0};
    v->start_due = true;
    if (v6_await_start(v, agent_timeout(&v->x.s, MTK_T_AGENT_REPLY, 0), &e) == 0)
        return;
    v->x.s.agent.usable = false;
    v->lost_loop = true;
    mtk_note(v->x.s.agent.sink, 1, "the agent has left its command loop; only a restart of the phone helps");
}

static int send_command(struct v6 *v, const char *name, const char *version, const char *args,
                        const char *beside, struct mtk_error *err)
{
    char text[COMMAND_MAX];
    int n = snprintf(text, sizeof(text),
                     XML_HEAD "<da><version>%s</version><command>CMD:%s</command>%s%s%s%s</da>", version,
                     name, args ? "<arg>" : "", args ? args : "", args ? "</arg>" : "", beside ? beside : "");
    if (n < 0 || (size_t)n >= sizeof(text))
        return agent_fail(&v->x.s, MTK_E_MTK_USAGE, MTK_EV_HOST, err,
                          "the command would be longer than %u bytes", COMMAND_MAX);
    if (v6_send_token(v, XML_OK, err) < 0)
        return -1;
    v->start_due = true;
    return xf_send(&v->x, text, (size_t)n + 1, err);
}

/* The token that answers the command. 0: callbacks follow; -1. */
static int read_answer(struct v6 *v, struct v6_job *job, struct mtk_error *err)
{
    if (v6_recv_text(v, agent_timeout(&v->x.s, MTK_T_AGENT_REPLY, 0), err) < 0)
        return -1;
    job->unsupported = strcmp(v->text, XML_UNSUPPORTED) == 0;
    if (job->unsupported || v6_is_ok(v, NULL))
        return 0;
    mtk_fail(err, MTK_E_MTK_AGENT_REFUSED, MTK_EV_REFUSED, "the agent answered \"%.40s\" to the command",
             v->text);
    agent_failed(&v->x.s, err);
    look_for_start(v);
    return -1;
}

static int finish(struct v6 *v, struct v6_job *job, const struct mtk_error *failed, struct mtk_error *err)
{
    bool none, ok = read_end(v, &none);
    if (v6_send_token(v, XML_OK, err) < 0) {
        err->acked = job->acked;
        return -1;
    }
    if (ok && !failed->row)
        return 0;
    if (job->unsupported && none) /* the loop lives on [3] */
        return 0;
    job->unsupported = false; /* the result of CMD:END is the real reason [11, item 3] */
    if (failed->row)
        *err = *failed; /* an ERR in the middle counts, whatever the end says [5.1, 11 item 6] */
    else
        refused(v, err);
    if (!ok && v->message[0] && failed->row && !failed->acked)
        mtk_note(v->x.s.agent.sink, 1, "%s: %s", v->x.s.command, v->message);
    if (!ok)
        look_for_start(v);
    err->acked = job->acked;
    return -1;
}

int v6_command(struct v6 *v, const char *name, const char *version, const char *args, struct v6_job *job,
               struct mtk_error *err)
{
    return v6_command_with(v, name, version, args, NULL, job, err);
}

int v6_command_with(struct v6 *v, const char *name, const char *version, const char *args, const char *beside,
                    struct v6_job *job, struct mtk_error *err)
{
    struct v6_job none = {0};
    struct mtk_error failed = {0};
    job = job ? job : &none;
    if (agent_begin(&v->x.s, name, err) < 0 ||
        v6_await_start(v, agent_timeout(&v->x.s, MTK_T_AGENT_SYNC, 0), err) < 0)
        return -1;
    bool before = v->x.s.agent.touched;
    if (job->changes_flash)
        v->x.s.agent.touched = true;
    if (send_command(v, name, version, args, beside, err) < 0 || read_answer(v, job, err) < 0 ||
        serve_all(v, job, &failed, err) < 0) {
        err->acked = job->acked;
        return -1;
    }
    int r = finish(v, job, &failed, err);
    /* An agent that ended the command before it erased or asked for anything has left the flash as it was [6.5]. */
    if (job->changes_flash && !job->began && (r < 0 || job->unsupported))
        v->x.s.agent.touched = before;
    return r;
}
