//! The plan on the screen and in a file, with the host's own keys.

use std::error::Error;
use std::path::Path;

use epitier::dispatch::{
    Assignment, Closed, Dispatch, Gain, Gap, Idle, IdleReason, OneMore, Plan, PlanSoFar,
    PostStatus, Replan, Skill, Standing,
};
use epitier::{PostId, ResponderId};

use crate::input::Input;

impl Input {
    fn responder_key(&self, id: ResponderId) -> &str {
        self.responders.key(id).map_or("?", String::as_str)
    }

    fn post_key(&self, id: PostId) -> &str {
        self.posts.key(id).map_or("?", String::as_str)
    }
}

/// Prints posts, shortages, idle responders and the cost.
pub(crate) fn print(input: &Input, dispatch: &Dispatch, plan: &Plan) {
    print_size(input, dispatch, plan.problem().arcs().len());
    if plan.left_out() > 0 {
        println!(
            "{} more expensive pairs were left out; the plan is the best without them",
            plan.left_out()
        );
    }
    print_posts(input, dispatch, plan.posts());
    print_shortages(input, plan);
    print_surpluses(input, plan);
    print_one_more(input, dispatch, plan);
    println!("\nIdle responders: {}", plan.idle().len());
    for idle in plan.idle() {
        let who = input.responder_key(idle.responder);
        println!("  {who} ({}): {}", people(idle.people.into()), reason(input, idle));
    }
    let lent = plan.lent();
    if lent > 0 {
        println!("\nLent to another headquarters, no more than must be: {}", people(lent));
        for row in plan.assignments().iter().filter(|row| row.lent) {
            let who = input.responder_key(row.responder);
            println!("  {who} ({}) to {}", people(row.people.into()), input.post_key(row.post));
        }
    }
    println!("\ntotal cost {}", plan.cost());
}

/// Prints who moves after people dropped out, and what that is good for.
pub(crate) fn print_replan(input: &Input, replan: &Replan) {
    println!("\nAfter those who dropped out:");
    let post = |post: Option<PostId>| post.map_or("no post", |post| input.post_key(post));
    for step in &replan.moves {
        let who = input.responder_key(step.responder);
        let number = people(step.people.into());
        println!("  {who} ({number}): {} -> {}", post(step.from), post(step.to));
    }
    println!("  {} went from one post to another", people(replan.moved()));
    let print = |when, standing: Standing| {
        let Standing { placed, idle, missing, cost, .. } = standing;
        println!("  {when:<18}{placed:>6} placed {idle:>6} idle {missing:>6} missing  cost {cost}");
    };
    print("before", replan.before);
    print("if nobody moved", replan.unmoved);
    print("now", replan.after);
}

/// Prints the best plan that the stated work came to, and what a better one can be better by at most.
pub(crate) fn print_so_far(input: &Input, dispatch: &Dispatch, plan: &PlanSoFar) {
    print_size(input, dispatch, plan.problem().arcs().len());
    print_posts(input, dispatch, plan.posts());
    println!("\nWithout a post: {}", plan.without_post().len());
    for &(who, number) in plan.without_post() {
        println!("  {} ({})", input.responder_key(who), people(number.into()));
    }
    println!("\ntotal cost {}", plan.cost());
    println!("\nThe work ended before it was clear that no plan is better.");
    let gap = plan.gap();
    if gap.level > 0 {
        println!(
            "No plan fills more than {} of the places that are short of people here.",
            gap.level
        );
    } else {
        println!(
            "No plan fills more; none that fills as much costs less by more than {}.",
            gap.cost
        );
    }
}

fn print_size(input: &Input, dispatch: &Dispatch, open: usize) {
    println!(
        "{} units, {} responders, {} posts, {open} open pairs",
        input.network.len(),
        dispatch.responders().len(),
        dispatch.posts().len()
    );
}

fn print_posts(input: &Input, dispatch: &Dispatch, statuses: &[PostStatus]) {
    println!("\n{:<18} {:<24} priority  min  max  sent  short", "post", "unit");
    for (post, status) in dispatch.posts().iter().zip(statuses) {
        let unit = input.network.name(post.unit).unwrap_or("?");
        let key = input.post_key(post.post);
        print!("{key:<18} {unit:<24} {:>8} {:>4} {:>4}", status.priority, status.min, status.max);
        println!("  {:>4}  {:>5}", status.filled, status.unfilled());
    }
}

pub(crate) fn print_shortages(input: &Input, plan: &Plan) {
    if plan.shortages().is_empty() {
        println!("\nEvery post has the people it must have.");
    }
    for shortage in plan.shortages() {
        let posts = plan.short_posts(shortage.priority);
        let responders = plan.short_responders(shortage.priority);
        println!(
            "\nShort up to priority {}: {} missing",
            shortage.priority,
            people(shortage.missing)
        );
        println!(
            "  needed {} at {}",
            shortage.needed,
            list(posts.iter().map(|&post| input.post_key(post)))
        );
        println!(
            "  only {} can go there: {}",
            people(shortage.reach),
            list(responders.iter().map(|&id| input.responder_key(id)))
        );
    }
}

fn print_surpluses(input: &Input, plan: &Plan) {
    for surplus in plan.surpluses() {
        println!("\n{} have no post:", people(surplus.unplaced));
        println!(
            "  {} can go nowhere else: {}",
            people(surplus.people),
            list(surplus.responders.iter().map(|&id| input.responder_key(id)))
        );
        println!(
            "  only {} at {}",
            if surplus.places == 1 {
                "1 place".into()
            } else {
                format!("{} places", surplus.places)
            },
            list(surplus.posts.iter().map(|&post| input.post_key(post)))
        );
    }
}

/// Where one more person, free and able to do anything, would help most.
fn print_one_more(input: &Input, dispatch: &Dispatch, plan: &Plan) {
    let skills = (0..=u8::MAX).filter_map(Skill::new).collect();
    let gain = plan.value_of_one_more(dispatch, OneMore::PersonWith { skills });
    let Some(Gain { post, gap, .. }) = gain else { return };
    let post = input.post_key(post);
    match gap {
        Gap::People => println!("\nOne more person for {post} would be one person less missing."),
        Gap::Cost { cost } if cost > 0 => {
            println!("\nOne more person for {post} would save {cost}.");
        }
        _ => println!("\nOne more person would bring nothing."),
    }
}

/// The most names that a line shows.
const NAMES: usize = 20;

fn list<'a>(names: impl ExactSizeIterator<Item = &'a str>) -> String {
    let more = names.len().saturating_sub(NAMES);
    let shown: Vec<&str> = names.take(NAMES).collect();
    match (shown.is_empty(), more) {
        (true, _) => "nobody".to_owned(),
        (false, 0) => shown.join(", "),
        (false, more) => format!("{} and {more} more", shown.join(", ")),
    }
}

fn people(count: u64) -> String {
    if count == 1 { "1 person".to_owned() } else { format!("{count} people") }
}

fn reason(input: &Input, idle: &Idle) -> String {
    match idle.reason {
        IdleReason::NoOpenPost => format!("no post is open to them ({})", closed(&idle.closed)),
        IdleReason::PostsFull => "every post that is open to them is full".to_owned(),
        IdleReason::NotNeeded { post, cost } => {
            format!(
                "not needed; the cheapest post with room is {}, at {cost}",
                input.post_key(post)
            )
        }
        _ => format!("{:?}", idle.reason),
    }
}

/// Which rules close how many posts.
fn closed(closed: &Closed) -> String {
    let parts = [
        (closed.forbidden, "order"),
        (closed.lacks_skill, "skill"),
        (closed.not_available, "time"),
        (closed.not_eligible, "exclusion"),
        (closed.committed, "booking"),
        (closed.other_headquarters, "headquarters"),
        (closed.distance_unknown, "unknown distance"),
        (closed.too_far, "distance"),
        (closed.declined, "rule"),
        (closed.left_out, "cost"),
    ];
    let parts: Vec<String> = parts
        .iter()
        .filter(|(posts, _)| *posts > 0)
        .map(|(posts, why)| format!("{why} closes {posts}"))
        .collect();
    if parts.is_empty() { "there is none".to_owned() } else { parts.join(", ") }
}

/// Writes the assignments by post and responder.
pub(crate) fn write(
    input: &Input,
    assignments: &[Assignment],
    file: &Path,
) -> Result<(), Box<dyn Error>> {
    let mut writer = csv::Writer::from_path(file)?;
    writer.write_record(["post", "responder", "people", "cost"])?;
    for row in assignments {
        writer.write_record([
            input.post_key(row.post),
            input.responder_key(row.responder),
            &row.people.to_string(),
            &row.cost.to_string(),
        ])?;
    }
    writer.flush()?;
    Ok(())
}
