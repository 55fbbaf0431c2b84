//! Rules broken on purpose, one at a time, so that the simulator can show that it would notice: a law that no
//! broken twin of ours ever breaks is not being checked. Only builds with the feature `lab` can break anything;
//! in all others [`is`] is the constant `false`.

/// What is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is described in ALL")]
pub enum Twin {
    MergeWithoutHead,
    AnyAnswerIsMerged,
    OldApproval,
    NoneIsGreen,
    LoserTakesLock,
    ClaimUnread,
    RoomUnchecked,
    PushForce,
    LeaseOfNow,
    NoRescue,
    EffectsForgotten,
    LandingForgotten,
    SpendsNothing,
    DeliveredFirst,
    NoDeadline,
    DeadlineIgnored,
    ResumesForever,
    ErrorIsClosed,
    UnknownIsDead,
    StaleRequest,
    TakesInSilence,
    OldQuestion,
    CommentBlind,
    LabelsForgotten,
    GivesNoReason,
    EscalatesAgain,
    DeliversAgain,
    NoticeAgain,
    HeardAgain,
    CiForEver,
    TokenInEnv,
    BelievesDone,
    Unredacted,
    Unescaped,
    HearsStrangers,
    AllUrgent,
    Mute,
    TakenInFirst,
    AsksUnheard,
    WhyOtherwise,
}

/// Every twin, the law it breaks, and how.
pub const ALL: &[(Twin, u8, &str)] = &[
    (Twin::MergeWithoutHead, 1, "merges whatever the branch is at"),
    (Twin::AnyAnswerIsMerged, 1, "takes any answer of the forge, 405 too, for a merge"),
    (Twin::OldApproval, 1, "lets an approval of an older head count"),
    (Twin::NoneIsGreen, 1, "takes \"no checks\" for green"),
    (Twin::LoserTakesLock, 2, "whoever does not get a lock goes on without it"),
    (Twin::ClaimUnread, 2, "starts without reading whether the claim was got"),
    (Twin::RoomUnchecked, 2, "goes back to work without looking who else works"),
    (Twin::PushForce, 3, "pushes over whatever is there"),
    (Twin::LeaseOfNow, 3, "takes what the branch is at now for the lease"),
    (Twin::NoRescue, 3, "does not take a session's commits over"),
    (Twin::EffectsForgotten, 4, "writes the phase and not the effects that go with it"),
    (Twin::LandingForgotten, 4, "does not finish a landing that was begun"),
    (Twin::SpendsNothing, 4, "starts and tells without counting it"),
    (Twin::DeliveredFirst, 4, "marks a message as delivered before it is"),
    (Twin::NoDeadline, 5, "enters a phase without a deadline"),
    (Twin::DeadlineIgnored, 5, "lets a deadline pass"),
    (Twin::ResumesForever, 5, "restarts a session that dies for ever"),
    (Twin::ErrorIsClosed, 6, "takes a failed look at an issue for \"closed\""),
    (Twin::UnknownIsDead, 6, "takes a failed look at tmux for \"dead\""),
    (Twin::StaleRequest, 6, "takes a request that an earlier session made"),
    (Twin::TakesInSilence, 6, "takes what is no request without a word"),
    (Twin::OldQuestion, 6, "takes a yes or no to what is not asked any more"),
    (Twin::LabelsForgotten, 7, "lands an issue and leaves its labels as they are"),
    (Twin::GivesNoReason, 7, "blocks an issue without saying why on it"),
    (Twin::CommentBlind, 7, "comments without looking whether it has"),
    (Twin::EscalatesAgain, 7, "asks the same question again at the same head"),
    (Twin::DeliversAgain, 7, "delivers a message again that had arrived"),
    (Twin::NoticeAgain, 7, "forgets whom it has told"),
    (Twin::HeardAgain, 7, "does not know what it has heard by its name"),
    (Twin::CiForEver, 7, "runs CI again as often as its machine fails"),
    (Twin::TokenInEnv, 8, "gives the session the forge's token"),
    (Twin::BelievesDone, 8, "believes a session that says \"done\""),
    (Twin::Unredacted, 8, "publishes what it reads with the secrets in it"),
    (Twin::Unescaped, 8, "shows what a session wrote as it wrote it"),
    (Twin::HearsStrangers, 8, "takes words of strangers for answers"),
    (Twin::AllUrgent, 9, "bothers people with good news"),
    (Twin::Mute, 9, "tells nobody that a person is needed"),
    (Twin::TakenInFirst, 9, "remembers words as heard before their run has them"),
    (Twin::AsksUnheard, 9, "tells nobody what a session asks while it goes on"),
    (Twin::WhyOtherwise, 9, "explains with another plan than the one it carries out"),
];

#[cfg(feature = "lab")]
thread_local! {
    static BROKEN: std::cell::Cell<Option<Twin>> = const { std::cell::Cell::new(None) };
}

/// Breaks a rule in this thread, or mends all.
#[cfg(feature = "lab")]
pub fn set(twin: Option<Twin>) {
    BROKEN.set(twin);
}

/// Whether this rule is broken.
#[cfg(feature = "lab")]
pub fn is(twin: Twin) -> bool {
    BROKEN.get() == Some(twin)
}

/// Whether any rule is broken.
#[cfg(feature = "lab")]
pub fn any() -> bool {
    BROKEN.get().is_some()
}

/// Whether any rule is broken: never, in a build for use.
#[cfg(not(feature = "lab"))]
#[inline(always)]
pub const fn any() -> bool {
    false
}

/// Whether this rule is broken: never, in a build for use.
#[cfg(not(feature = "lab"))]
#[inline(always)]
pub const fn is(_: Twin) -> bool {
    false
}
