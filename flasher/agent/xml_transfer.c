/* SPDX-License-Identifier: Apache-2.0 */
/* DOWNLOAD-FILE (to the agent) and UPLOAD-FILE (from it) [5.1, 5.2]. */
#include <inttypes.h>
#include <string.h>

#include "base/hash.h"
#include "flasher/agent/xml.h"
#include "protocol/error_index.h"

static int64_t block_time(const struct v6 *v, uint64_t bytes)
{
    return agent_timeout(&v->x.s, MTK_T_FINAL, bytes); /* sparse expansion has taken 40 s [5.1] */
}

/* How long packets may be, as the callback says; a callback that does not say it, or nonsense, is out of step. */
static int packet_length(struct v6 *v, size_t *packet, struct mtk_error *err)
{
    uint64_t n = 0;
    if (!v6_tag_number(v->text, "packet_length", &n) || n == 0 || n > XF_MAX_WRITE * 4)
        return agent_out_of_step(&v->x.s, v->text, v->text_len < 32 ? v->text_len : 32, err,
                                 "a transfer without a sensible packet_length");
    *packet = (size_t)n;
    return 0;
}

/* The host's side failed or was cancelled. *err is filled; the agent is told, and ends the command. */
static int tell_cancel(struct v6 *v, struct mtk_error *err)
{
    struct mtk_error lost = {0};
    agent_failed(&v->x.s, err);
    if (v6_send_token(v, XML_CANCEL, &lost) == 0)
        return 2;
    mtk_note(v->x.s.agent.sink, 1, "and then the link failed: %s", lost.what);
    return -1;
}

/* Bytes of whoever asked for the transfer, among the first `moved` of the file. */
static uint64_t own(const struct v6_job *job, uint64_t moved)
{
    return job->span ? agent_span_done(job->span, moved) : moved;
}

/* ---- to the agent ---- */

/* The next n bytes, contiguous. */
static int next_piece(struct v6 *v, const struct v6_job *job, uint64_t done, size_t n, const uint8_t **data,
                      struct mtk_error *err)
{
    if (job->data) {
        *data = job->data + done;
        return 0;
    }
    return agent_gather(&v->x.s, job->source, n, XF_MAX_WRITE, data, err);
}

/* Status of a packet: 0 yes; 1 CMD:END came instead; 2 ERR; -1. */
static int packet_status(struct v6 *v, uint64_t bytes, struct mtk_error *err)
{
    if (v6_recv_text(v, block_time(v, bytes), err) < 0)
        return -1;
    if (v6_is_ok(v, NULL))
        return 0;
    return v6_is_command(v, "CMD:END") ? 1 : 2;
}

static int give_packets(struct v6 *v, struct v6_job *job, size_t packet, bool sums, struct mtk_error *err)
{
    for (uint64_t done = 0; done < job->length;) {
        const uint8_t *data = NULL;
        size_t n = job->length - done < packet ? (size_t)(job->length - done) : packet;
        if (agent_cancelled(&v->x.s, own(job, done), err) || next_piece(v, job, done, n, &data, err) < 0)
            return tell_cancel(v, err);
        /* All 32 bits of the sum, unlike the 16 of XFlash [5.1]. */
        if (v6_send_value(v, sums ? sum32(0, data, n) : 0, err) < 0)
            return -1;
        int r = packet_status(v, 0, err);
        if (r != 0)
            return r;
        if (xf_send(&v->x, data, n, err) < 0)
            return -1;
        r = packet_status(v, n, err);
        if (r != 0)
            return r;
        done += n;
        job->acked = own(job, done);
        if (job->source)
            agent_progress(&v->x.s, job->acked);
    }
    return 0;
}

int v6_give_file(struct v6 *v, struct v6_job *job, struct mtk_error *err)
{
    char checksum[32];
    size_t packet = 0;
    if (packet_length(v, &packet, err) < 0)
        return -1;
    if (packet > XF_MAX_WRITE)
        packet = XF_MAX_WRITE; /* shorter packets are fine everywhere [5.1] */
    bool sums = v6_tag(v->text, "checksum", NULL, NULL, checksum, sizeof(checksum)) &&
                strcmp(checksum, "CHK_ADD") == 0;
    if (!job->source && !job->data) { /* a file that this command has no use for */
        mtk_note(v->x.s.agent.sink, 2, "%s: the agent asks for a file that there is none of", v->x.s.command);
        return v6_send_token(v, XML_ERR, err) < 0 ? -1 : 2;
    }
    /* Two frames in a row: an answer between them would never come [11, item 1]. */
    if (v6_send_token(v, XML_OK, err) < 0 || v6_send_value(v, job->length, err) < 0)
        return -1;
    int r = packet_status(v, 0, err);
    if (r != 0)
        return r; /* too large: remembered by the caller, because CMD:END may still say OK [5.1] */
    job->began = true;
    return give_packets(v, job, packet, sums, err);
}

/* ---- from the agent ---- */

/* The data frame whose status was OK. */
static int take_packet(struct v6 *v, struct v6_job *job, uint64_t done, uint64_t most, uint32_t *got,
                       struct mtk_error *err)
{
    if (xf_recv_header(&v->x, agent_timeout(&v->x.s, MTK_T_BLOCK, most), got, err) < 0)
        return -1;
    if (*got == 0 || *got > most)
        return agent_out_of_step(&v->x.s, NULL, 0, err,
                                 "a data packet claims %" PRIu32 " bytes where at most %" PRIu64 " were due",
                                 *got, most);
    if (job->drain) {
        int r = xf_recv_drain(&v->x, *got, job->drain, err);
        return r > 0 && !v->x.s.agent.usable ? -1 : r;
    }
    return xf_recv_payload(&v->x, v->doc + done, *got, agent_timeout(&v->x.s, MTK_T_BLOCK, *got), err);
}

/*
 * Some builds want an answer to this ERR before they end the command, others end it at once [5.2]. An answer to nothing
 * would shift all later ones by one, so it is given only to an agent that waits.
 */
static int read_failed(struct v6 *v, uint64_t done, uint64_t total, struct mtk_error *err)
{
    struct mtk_error lost = {0};
    int r = v6_poll_text(v, agent_timeout(&v->x.s, MTK_T_DRAIN, 0), &lost);
    if (r == 1)
        r = v6_send_token(v, XML_OK, &lost) < 0 ? -1 : 2;
    else if (r == 0)
        r = 1;
    if (r < 0) {
        *err = lost;
        return -1;
    }
    mtk_fail(err, MTK_E_MTK_AGENT_REFUSED, MTK_EV_REFUSED,
             "the agent could not read on at byte 0x%" PRIX64 " of 0x%" PRIX64, done, total);
    agent_failed(&v->x.s, err);
    return r;
}

static int take_packets(struct v6 *v, struct v6_job *job, uint64_t total, size_t packet,
                        struct mtk_error *err)
{
    for (uint64_t done = 0; done < total;) {
        uint32_t got = 0;
        uint64_t most = total - done < packet ? total - done : packet;
        int r = packet_status(v, most, err);
        if (r == 2)
            return read_failed(v, done, total, err);
        if (r != 0)
            return r;
        if (v6_send_token(v, XML_OK, err) < 0)
            return -1;
        r = take_packet(v, job, done, most, &got, err);
        if (r < 0)
            return -1;
        if (r > 0 || agent_cancelled(&v->x.s, own(job, done + got), err))
            return tell_cancel(v, err);
        if (v6_send_token(v, XML_OK, err) < 0)
            return -1;
        done += got;
        job->acked = own(job, done);
        if (job->drain)
            agent_progress(&v->x.s, job->acked);
    }
    return 0;
}

int v6_take_file(struct v6 *v, struct v6_job *job, struct mtk_error *err)
{
    size_t packet = 0;
    uint64_t total = 0;
    if (packet_length(v, &packet, err) < 0 || v6_send_token(v, XML_OK, err) < 0 ||
        v6_recv_text(v, block_time(v, 0), err) < 0)
        return -1;
    if (v6_is_command(v, "CMD:END"))
        return 1;
    if (!v6_is_ok(v, &total))
        return 2;
    bool fits = job->drain ? total == job->expected : job->takes_document && total <= V6_TEXT_MAX;
    if (!fits) {
        mtk_fail(err, MTK_E_MTK_WRONG_ANSWER, MTK_EV_WRONG_ANSWER,
                 "the agent offers a file of 0x%" PRIX64 " bytes%s", total,
                 job->drain ? ", which is not what was asked for" : "");
        return tell_cancel(v, err);
    }
    if (v6_send_token(v, XML_OK, err) < 0)
        return -1;
    int r = take_packets(v, job, total, packet, err);
    if (r == 0 && !job->drain) {
        v->doc[total] = 0; /* info files are counted by their length: sys-prop has no NUL [11, item 13] */
        v->doc_len = (size_t)total;
        job->got_document = true;
    }
    return r;
}
