/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stack of its own for straight-line firmware. One coroutine owns one stack for its whole life; starting it again
 * drops whatever ran on it before, without unwinding. Only the thread that resumes it runs it.
 */
#ifndef SIMDEV_FIRMWARE_COROUTINE_H
#define SIMDEV_FIRMWARE_COROUTINE_H

#include <stdbool.h>
#include <stddef.h>

struct coroutine;

/* Bytes of stack that firmware gets. AddressSanitizer's red zones make frames several times larger. */
size_t coroutine_default_stack(void);
/* Makes one with nothing to run. An overflow of the stack hits an unmapped page. NULL: no memory. */
struct coroutine *coroutine_new(size_t stack_size);
/* Frees it, whatever it was doing. NULL is allowed. Not from inside. */
void coroutine_free(struct coroutine *c);
/* The next resume calls fn(arg) on a fresh stack; what was running before is abandoned. Not from inside. */
void coroutine_start(struct coroutine *c, void (*fn)(void *), void *arg);
/* Runs it until it yields (true) or until its function returns (false). False at once if there is nothing to run. */
bool coroutine_resume(struct coroutine *c);
/* From inside: gives control back to whoever resumed it. Returns when it is resumed again. */
void coroutine_yield(struct coroutine *c);

#endif
