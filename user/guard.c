// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * A fault inside of skua_user_guard() ends the guarded call. Any other is the
 * program's own: it is handled as the program has asked for, by the calls that
 * are intercepted here once our handler is installed.
 */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "guard.h"
#include "preload/preload.h"

struct guard {
	sigjmp_buf out;
	const void *where;
};

static __thread struct guard *volatile current
	__attribute__((tls_model("initial-exec")));

/* What the program wants done, by index of the signal. */
static const int signals[] = { SIGSEGV, SIGBUS };
static struct sigaction wanted[2];
static pthread_mutex_t wanted_lock = PTHREAD_MUTEX_INITIALIZER;
static _Atomic bool started;

static int index_of(int sig)
{
	if (!atomic_load_explicit(&started, memory_order_acquire))
		return -1;
	return sig == SIGSEGV ? 0 : sig == SIGBUS ? 1 : -1;
}

static int native_sigaction(int sig, const struct sigaction *act,
			    struct sigaction *old)
{
	return SKUA_NEXT(sigaction)(sig, act, old);
}

static int native_sigmask(int how, const sigset_t *set, sigset_t *old)
{
	return SKUA_NEXT(pthread_sigmask)(how, set, old);
}

/* Run the program's handler under the mask that it asked for. */
static void call(const struct sigaction *act, int sig, siginfo_t *info,
		 void *context)
{
	sigset_t mask = act->sa_mask, old;

	if (!(act->sa_flags & SA_NODEFER))
		sigaddset(&mask, sig);
	native_sigmask(SIG_BLOCK, &mask, &old);
	if (act->sa_flags & SA_SIGINFO)
		act->sa_sigaction(sig, info, context);
	else
		act->sa_handler(sig);
	native_sigmask(SIG_SETMASK, &old, NULL);
}

/* Not ours: as if we were not there. */
static void pass_on(int sig, siginfo_t *info, void *context)
{
	const struct sigaction dfl = { .sa_handler = SIG_DFL };
	bool sent = info->si_code <= 0;
	struct sigaction act = wanted[sig == SIGSEGV ? 0 : 1];

	if (!(act.sa_flags & SA_SIGINFO) && act.sa_handler == SIG_IGN && sent)
		return;
	if (!(act.sa_flags & SA_SIGINFO) &&
	    (act.sa_handler == SIG_DFL || act.sa_handler == SIG_IGN)) {
		/* The instruction faults again, or the signal is sent again. */
		native_sigaction(sig, &dfl, NULL);
		if (sent)
			raise(sig);
		return;
	}
	if (act.sa_flags & SA_RESETHAND)
		wanted[sig == SIGSEGV ? 0 : 1] = dfl;
	call(&act, sig, info, context);
}

static void handler(int sig, siginfo_t *info, void *context)
{
	struct guard *g = current;

	if (!g || info->si_code <= 0) {
		pass_on(sig, info, context);
		return;
	}
	g->where = info->si_addr ? info->si_addr : (void *)1;
	siglongjmp(g->out, 1);
}

int skua_user_guard_start(void)
{
	/* Nothing is blocked meanwhile, so that leaving by a jump is clean. */
	struct sigaction act = {
		.sa_sigaction = handler,
		.sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK,
	};
	unsigned int i;

	/* The child of a fork has it already. */
	if (atomic_load(&started))
		return 0;
	for (i = 0; i < 2; i++) {
		if (native_sigaction(signals[i], &act, &wanted[i]))
			return -errno;
	}
	atomic_store_explicit(&started, true, memory_order_release);
	return 0;
}

const void *skua_user_guard(void (*fn)(void *arg), void *arg)
{
	struct guard *outer = current;
	struct guard g;

	/* Not the whole of it: that is longer than most copies. */
	g.where = NULL;
	if (!sigsetjmp(g.out, 0)) {
		current = &g;
		fn(arg);
	}
	current = outer;
	return g.where;
}

SKUA_INTERPOSE int sigaction(int sig, const struct sigaction *act,
			     struct sigaction *old)
{
	int i = index_of(sig);

	if (i < 0)
		return native_sigaction(sig, act, old);
	pthread_mutex_lock(&wanted_lock);
	if (old)
		*old = wanted[i];
	if (act)
		wanted[i] = *act;
	pthread_mutex_unlock(&wanted_lock);
	return 0;
}

SKUA_INTERPOSE sighandler_t signal(int sig, sighandler_t to)
{
	struct sigaction act = { .sa_handler = to, .sa_flags = SA_RESTART }, old;

	if (index_of(sig) < 0)
		return SKUA_NEXT(signal)(sig, to);
	sigaction(sig, &act, &old);
	return old.sa_handler;
}

/* A thread that blocked them would be killed by a fault in a guarded call. */
static const sigset_t *unblocked(int how, const sigset_t *set, sigset_t *copy)
{
	if (!set || how == SIG_UNBLOCK ||
	    !atomic_load_explicit(&started, memory_order_acquire))
		return set;
	*copy = *set;
	sigdelset(copy, SIGSEGV);
	sigdelset(copy, SIGBUS);
	return copy;
}

SKUA_INTERPOSE int pthread_sigmask(int how, const sigset_t *set, sigset_t *old)
{
	sigset_t copy;

	return native_sigmask(how, unblocked(how, set, &copy), old);
}

SKUA_INTERPOSE int sigprocmask(int how, const sigset_t *set, sigset_t *old)
{
	sigset_t copy;

	return SKUA_NEXT(sigprocmask)(how, unblocked(how, set, &copy), old);
}
