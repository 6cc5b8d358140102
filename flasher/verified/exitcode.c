/* SPDX-License-Identifier: Apache-2.0 */
#include "flasher/verified/exitcode.h"

#include <stddef.h>
#include <string.h>

#include "protocol/error_index.h"

/* Rows whose exit code does not depend on how they came about. */
static const struct {
    int index;
    enum mtk_exit code;
} by_row[] = {
    {MTK_E_MTK_NO_PHONE, MTK_EXIT_NO_PHONE},
    {MTK_E_MTK_USAGE, MTK_EXIT_USAGE},
    {MTK_E_MTK_NO_SUCH_PARTITION, MTK_EXIT_USAGE},
    {MTK_E_MTK_GPT_INVALID, MTK_EXIT_REFUSED},
    {MTK_E_MTK_OUT_OF_RANGE, MTK_EXIT_REFUSED},
    {MTK_E_STATUS_SEC_AUTH_FILE_NEEDED, MTK_EXIT_AUTH},
    {MTK_E_STATUS_SEC_AUTH_FILE_NOT_FOUND, MTK_EXIT_AUTH},
    {MTK_E_STATUS_SEC_CERT_FILE_NOT_FOUND, MTK_EXIT_AUTH},
    /* Only the newest preloaders say this, and only about an agent they do not accept. */
    {MTK_E_UNKNOWN_1D18, MTK_EXIT_AUTH},
};

/*
 * A boot ROM or preloader says why in a status; SEND_DA, JUMP_DA and SEND_AUTH fail with rows of their own and keep the
 * status beside them.
 */
static bool about_security(const struct mtk_error *err)
{
    const struct mtk_err_row *inner =
        err->has_status ? mtk_err_by_code("brom_status", err->device_status) : NULL;
    return strcmp(err->row->layer, "security") == 0 || (inner && strcmp(inner->layer, "security") == 0);
}

/* What remains is decided by the kind of evidence: a bad file or a rule stops a job before anything is written. */
static enum mtk_exit by_evidence(const struct mtk_error *err)
{
    switch (err->evidence) {
    case MTK_EV_FILE:
    case MTK_EV_POLICY:
        return MTK_EXIT_REFUSED;
    case MTK_EV_REFUSED:
        /* The phone itself said no, for a reason of its security: wrong signature, wrong key, policy of the agent. */
        return about_security(err) ? MTK_EXIT_AUTH : MTK_EXIT_FAILED;
    case MTK_EV_NONE:
    case MTK_EV_NO_ANSWER:
    case MTK_EV_WRONG_ANSWER:
    case MTK_EV_LEFT_BUS:
    case MTK_EV_HOST:
    case MTK_EV_MISMATCH:
        break;
    }
    return MTK_EXIT_FAILED;
}

enum mtk_exit mtk_exit_code(const struct mtk_error *err, bool changed)
{
    if (!err || !err->row)
        return MTK_EXIT_OK;
    if (changed)
        return MTK_EXIT_CHANGED;
    /* What this version cannot do at all is a matter of how it was called; on this phone it is a refusal. */
    if (mtk_error_is(err, MTK_E_MTK_UNSUPPORTED) && err->evidence == MTK_EV_HOST)
        return MTK_EXIT_USAGE;
    for (size_t i = 0; i < sizeof(by_row) / sizeof(by_row[0]); i++)
        if (mtk_error_is(err, by_row[i].index))
            return by_row[i].code;
    return by_evidence(err);
}
