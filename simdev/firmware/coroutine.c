/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Switching stacks. makecontext gives a fresh stack; after that, sigsetjmp and siglongjmp (without signal mask)
 * switch in a few nanoseconds, where swapcontext makes two system calls each time. Jumping to a frame that is still
 * alive on another stack is not blessed by the standard but is what makecontext stacks have always been used for;
 * -Dcoroutine=ucontext builds with swapcontext only.
 */
/* The fortified longjmp takes a jump to another stack for an attack. */
#undef _FORTIFY_SOURCE
#include "simdev/firmware/coroutine.h"

#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define WITH_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ASAN 1
#endif
#endif

#ifdef WITH_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#define STACK_SIZE (256 * 1024)
#else
#define STACK_SIZE (128 * 1024)
#endif

/* Where a side of the switch left off. */
struct side {
#ifdef COROUTINE_UCONTEXT
    ucontext_t at;
#else
    sigjmp_buf at;
#endif
#ifdef WITH_ASAN
    void *fake_stack;
    const void *bottom;
    size_t size;
#endif
};

struct coroutine {
    void (*fn)(void *);
    void *arg;
    uint8_t *map, *stack; /* map begins with the guard page */
    size_t map_size, stack_size;
    bool fresh;  /* fn is to be started */
    bool active; /* there is something to run or to go on with */
    bool leaving;
    struct side host, inside;
#ifndef COROUTINE_UCONTEXT
    sigjmp_buf base; /* foot of the stack, from which every program starts */
    bool based;
#endif
};

/* AddressSanitizer has to know which stack is current, else it sees frames where there are none. */
static void asan_leave(struct side *from, const struct side *to, bool for_good)
{
#ifdef WITH_ASAN
    __sanitizer_start_switch_fiber(for_good ? NULL : &from->fake_stack, to->bottom, to->size);
#else
    (void)from;
    (void)to;
    (void)for_good;
#endif
}

static void asan_arrive(struct side *here, struct side *came_from)
{
#ifdef WITH_ASAN
    __sanitizer_finish_switch_fiber(here->fake_stack, came_from ? &came_from->bottom : NULL,
                                    came_from ? &came_from->size : NULL);
#else
    (void)here;
    (void)came_from;
#endif
}

/* An abandoned program leaves its frames' red zones behind. */
static void asan_forget_frames(struct coroutine *c)
{
#ifdef WITH_ASAN
    __asan_unpoison_memory_region(c->stack, c->stack_size);
    c->inside.fake_stack = NULL;
    c->inside.bottom = c->stack;
    c->inside.size = c->stack_size;
#else
    (void)c;
#endif
}

size_t coroutine_default_stack(void)
{
    return STACK_SIZE;
}

struct coroutine *coroutine_new(size_t stack_size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    struct coroutine *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->stack_size = (stack_size + page - 1) / page * page;
    c->map_size = c->stack_size + page;
    c->map =
        mmap(NULL, c->map_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (c->map == MAP_FAILED || mprotect(c->map, page, PROT_NONE)) {
        if (c->map != MAP_FAILED)
            munmap(c->map, c->map_size);
        free(c);
        return NULL;
    }
    c->stack = c->map + page;
    asan_forget_frames(c);
    return c;
}

void coroutine_start(struct coroutine *c, void (*fn)(void *), void *arg)
{
    c->fn = fn;
    c->arg = arg;
    c->fresh = true;
    c->active = true;
}

#ifdef COROUTINE_UCONTEXT

static void go_back(struct coroutine *c, bool for_good)
{
    asan_leave(&c->inside, &c->host, for_good);
    swapcontext(&c->inside.at, &c->host.at);
    asan_arrive(&c->inside, &c->host);
}

#else

/* Kept out of line: a setjmp in a larger function would make its variables volatile in effect. */
static __attribute__((noinline)) void jump(sigjmp_buf *from, sigjmp_buf *to)
{
    if (!sigsetjmp(*from, 0))
        siglongjmp(*to, 1);
}

static void go_back(struct coroutine *c, bool for_good)
{
    asan_leave(&c->inside, &c->host, for_good);
    jump(&c->inside.at, &c->host.at);
    asan_arrive(&c->inside, &c->host);
}

#endif

/* Runs programs one after the other. A new one starts here although the last may never have returned. */
static void run_programs(struct coroutine *c)
{
    asan_arrive(&c->inside, &c->host);
    for (;;) {
        if (c->leaving)
            go_back(c, true);
        c->fn(c->arg);
        c->active = false;
        go_back(c, false);
    }
}

static void foot(unsigned low, unsigned high)
{
    /* makecontext passes ints, a pointer is two of them. */
    struct coroutine *c = (struct coroutine *)((uintptr_t)low | (uintptr_t)high << 16 << 16);
#ifndef COROUTINE_UCONTEXT
    c->based = true;
    (void)sigsetjmp(c->base, 0);
#endif
    run_programs(c);
}

static void prepare(struct coroutine *c, ucontext_t *at)
{
    getcontext(at);
    at->uc_stack.ss_sp = c->stack;
    at->uc_stack.ss_size = c->stack_size;
    at->uc_link = NULL;
    uintptr_t self = (uintptr_t)c;
    makecontext(at, (void (*)(void))foot, 2, (unsigned)self, (unsigned)(self >> 16 >> 16));
}

static void enter(struct coroutine *c)
{
    bool fresh = c->fresh;
    c->fresh = false;
    if (fresh)
        asan_forget_frames(c);
#ifdef COROUTINE_UCONTEXT
    if (fresh)
        prepare(c, &c->inside.at);
    asan_leave(&c->host, &c->inside, false);
    swapcontext(&c->host.at, &c->inside.at);
#else
    if (fresh && !c->based) {
        ucontext_t at;
        prepare(c, &at);
        asan_leave(&c->host, &c->inside, false);
        if (!sigsetjmp(c->host.at, 0))
            setcontext(&at);
    } else {
        asan_leave(&c->host, &c->inside, false);
        jump(&c->host.at, fresh ? &c->base : &c->inside.at);
    }
#endif
    asan_arrive(&c->host, NULL);
}

bool coroutine_resume(struct coroutine *c)
{
    if (!c->active)
        return false;
    enter(c);
    return c->active;
}

void coroutine_yield(struct coroutine *c)
{
    go_back(c, false);
}

void coroutine_free(struct coroutine *c)
{
    if (!c)
        return;
#ifdef WITH_ASAN
    /* Lets the sanitizer drop what it keeps for this stack: it does so only when the stack itself says goodbye. */
    c->leaving = true;
    c->fresh = true;
    enter(c);
    __asan_unpoison_memory_region(c->stack, c->stack_size);
#endif
    munmap(c->map, c->map_size);
    free(c);
}
