/* SPDX-License-Identifier: Apache-2.0 */
/* Small questions: battery, identities, project, OTP. da-legacy.md 5.9, 5.11. */
#include "simdev/firmware/agents/legacy.h"

#include <string.h>

void lg_battery(struct lg *x)
{
    unsigned set = phone_settings(x->p)->battery_mv;
    if (lg_word(x, NULL, 0) == 0)
        lg_put_u32(x, set ? set : phone_board(x->p)->battery_mv);
}

/* The agent finds them in partitions of the modem, whose content nobody makes up here. */
void lg_imei_pid_swv(struct lg *x)
{
    lg_refuse(x, LG_S_READ_IMEI_NOT_SUPPORT);
}

/* A string; it goes with its NUL, or nobody could tell where it ends. */
void lg_project_id(struct lg *x)
{
    const char *name = phone_board(x->p)->soc->name;
    lg_put_bytes(x, name, strlen(name) + 1);
}

/* ---- OTP of eMMC: this one has none ---- */

static void no_otp(struct lg *x)
{
    lg_word(x, NULL, LG_S_EMMC_OTP_NOT_SUPPORT);
}

void lg_otp_check(struct lg *x)
{
    no_otp(x);
}

void lg_otp_size(struct lg *x)
{
    no_otp(x);
    lg_put_u32(x, 0);
}

void lg_otp_read(struct lg *x)
{
    lg_skip(x, 4 + 4 + 8); /* offset, length, base */
    no_otp(x);
}

void lg_otp_program(struct lg *x)
{
    lg_skip(x, 4 + 4 + 8); /* what would be programmed is not asked for any more */
    no_otp(x);
}

/* The base is sent only with 9B to 9E, and here last [5.11]. */
void lg_otp_lock(struct lg *x)
{
    lg_u64(x);
    no_otp(x);
}

void lg_otp_lock_status(struct lg *x)
{
    lg_u64(x);
    no_otp(x);
}
