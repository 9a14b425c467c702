// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Two flows that share a bottleneck of 1 Gbit/s, in a time of the test's own:
 * both get their half of it, and little of it remains unused.
 */
#include "ends.h"

#include "link/port.h"
#include "skua_cc.h"

#define US    1000ull
#define MS    1000000ull
#define STEP  (10 * US)
#define SIZE  65536u
#define DEPTH 16u
#define FLOWS 2u
#define RATE  1e9 /* bit/s */

struct flow {
	struct model_pair p;
	struct model_mr mr[2];
	unsigned int posted, done;
};

/* An end whose threads have to wait for processors now and then. */
struct pauses {
	uint64_t run, pause;	/* ns, on average */
	uint64_t until;
	bool pausing;
};

struct shared {
	struct ends *e;
	struct flow flow[FLOWS];
	struct pauses pauses[2];
	uint64_t random;
};

static void begin(struct shared *s, struct flow *f)
{
	unsigned int i;

	model_pair(s->e->f[0], s->e->f[1], SKUA_HWI_QPT_RC, &f->p);
	for (i = 0; i < 2; i++)
		f->mr[i] = model_mr(s->e->f[i], SIZE, ACCESS_ALL);
}

static void keep_busy(struct flow *f)
{
	struct skua_hwi_cqe cqe;

	while (model_look(&f->p.cq[0], &cqe)) {
		assert_int_equal(cqe.status, SKUA_HWI_CQE_OK);
		f->done++;
	}
	for (; f->posted - f->done < DEPTH; f->posted++)
		model_send(&f->p.qp[0], SKUA_HWI_WQE_WRITE, &f->mr[0], 0, SIZE,
			   f->mr[1].iova, f->mr[1].key);
}

/* From nothing to twice the average. */
static uint64_t around(struct shared *s, uint64_t average)
{
	s->random = s->random * 6364136223846793005ull + 1442695040888963407ull;
	return (s->random >> 33) * 2 * average >> 31;
}

static bool pausing(struct shared *s, struct pauses *p)
{
	uint64_t now = s->e->m[0]->now;

	if (!p->run)
		return false;
	if (!p->until)
		p->until = now;
	while (p->until <= now) {
		p->pausing = !p->pausing;
		p->until += 1 + around(s, p->pausing ? p->pause : p->run);
	}
	return p->pausing;
}

static void step(struct shared *s)
{
	unsigned int i, end;

	for (i = 0; i < FLOWS; i++)
		keep_busy(&s->flow[i]);
	for (i = 0; i < 2; i++)
		s->e->m[i]->now += STEP;
	for (i = 0; i < 4; i++) {
		end = i % 2;
		if (pausing(s, &s->pauses[end]))
			continue;
		skua_adapter_poll(s->e->m[end]->ad);
		/* The link looks at its socket when it rests. */
		skua_adapter_rest(s->e->m[end]->ad);
	}
}

static void pass(struct shared *s, uint64_t ns)
{
	for (; ns >= STEP; ns -= STEP)
		step(s);
}

struct outcome {
	double used, fair;	/* of the rate; Jain's index */
	uint64_t lost;		/* packets for which the queue had no room */
};

static uint64_t lost(const struct ends *e)
{
	struct skua_impair_stats stats;

	skua_impair_stats(skua_link_port_uplink(e->m[0]->ad->link)->impair,
			  &stats);
	return stats.dropped;
}

static struct outcome share(struct ends *e, const char *rule, uint64_t run,
			    uint64_t pause)
{
	struct shared s = { .e = e, .random = 1 };
	unsigned int i, before[FLOWS];
	double got, sum = 0, squares = 0;
	struct outcome o;

	for (i = 0; i < FLOWS; i++)
		begin(&s, &s.flow[i]);
	for (i = 0; i < 2; i++)
		s.pauses[i] = (struct pauses){ .run = run, .pause = pause };
	ends_impair(e, 0, rule);
	pass(&s, 200 * MS);
	for (i = 0; i < FLOWS; i++)
		before[i] = s.flow[i].done;
	o.lost = lost(e);
	pass(&s, 1000 * MS);
	for (i = 0; i < FLOWS; i++) {
		got = (s.flow[i].done - before[i]) * 8.0 * SIZE;
		sum += got;
		squares += got * got;
	}
	o.used = sum / RATE;
	o.fair = sum * sum / (FLOWS * squares);
	o.lost = lost(e) - o.lost;
	print_message("%.3f used, Jain's index %.4f, %llu lost\n", o.used,
		      o.fair, (unsigned long long)o.lost);
	return o;
}

#define SWITCH "rate out 1gbit limit=512KiB ecn=64KiB ecn-max=256KiB ecn-p=0.1"

static void fair(void **state)
{
	struct outcome o = share(*state, SWITCH, 0, 0);

	assert_true(o.used >= 0.95);
	assert_int_equal(o.lost, 0);
	assert_true(o.fair >= 0.98);
}

static void fair_though_late(void **state)
{
	struct outcome o = share(*state, SWITCH, 2 * MS, MS / 2);

	assert_true(o.used >= 0.9);
	assert_true(o.fair >= 0.98);
}

/* Without it what is more than the queue is lost, over and over. */
static void lossy(void **state)
{
	struct ends *e = *state;
	char why[128];

	assert_int_equal(skua_adapter_cc_set(e->m[0]->ad, "off", why,
					     sizeof(why)), 0);
	assert_true(share(e, SWITCH, 0, 0).lost > 100);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, ends_rc, ends_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(fair),
		TEST(fair_though_late),
		TEST(lossy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
