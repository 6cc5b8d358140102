/* SPDX-License-Identifier: Apache-2.0 */
/* The installed libraries are made of the rooms; the build wants one source of their own. */
extern const char mtkproof_version[];
const char mtkproof_version[] = MTKPROOF_VERSION;
