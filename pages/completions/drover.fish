# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_drover_global_optspecs
    string join \n root= state= p/project= set= h/help V/version
end

function __fish_drover_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_drover_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_drover_using_subcommand
    set -l cmd (__fish_drover_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c drover -n "__fish_drover_needs_command" -l root -d 'Folder that holds projects/ and state/ [default: $FACTORY_ROOT, a parent folder, or XDG]' -r -F
complete -c drover -n "__fish_drover_needs_command" -l state -d 'State folder, where it does not lie in the root' -r -F
complete -c drover -n "__fish_drover_needs_command" -s p -l project -d 'Project: its name, or the path of its TOML [default: the one whose repository you stand in, or the only one]' -r
complete -c drover -n "__fish_drover_needs_command" -l set -d 'Set a configuration key for this call' -r
complete -c drover -n "__fish_drover_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drover -n "__fish_drover_needs_command" -s V -l version -d 'Print version'
complete -c drover -n "__fish_drover_needs_command" -f -a "init" -d 'Set a project up, from inside of your repository'
complete -c drover -n "__fish_drover_needs_command" -f -a "demo" -d 'Watch the main job run for real, in a throw-away folder'
complete -c drover -n "__fish_drover_needs_command" -f -a "doctor" -d 'Prove that it would work, by probes that change nothing: of all projects, or one'
complete -c drover -n "__fish_drover_needs_command" -f -a "on" -d 'Let poll start new work'
complete -c drover -n "__fish_drover_needs_command" -f -a "off" -d 'Keep poll from starting new work; runs at work go on'
complete -c drover -n "__fish_drover_needs_command" -f -a "pause" -d 'Keep poll from starting new work in one project'
complete -c drover -n "__fish_drover_needs_command" -f -a "unpause" -d 'Take that back'
complete -c drover -n "__fish_drover_needs_command" -f -a "backup" -d 'Write the projects and their state into one archive, while ticks run'
complete -c drover -n "__fish_drover_needs_command" -f -a "gc" -d 'Remove of runs that ended what nobody needs, and say what stays and why'
complete -c drover -n "__fish_drover_needs_command" -f -a "run" -d 'Work on one issue now, and watch: files it, starts it and waits for what becomes of it'
complete -c drover -n "__fish_drover_needs_command" -f -a "watch-heartbeat" -d 'Tell people once if ticks have stopped or hang: for a line of cron of its own'
complete -c drover -n "__fish_drover_needs_command" -f -a "poll" -d 'One cron tick: look once, decide, start what follows, exit'
complete -c drover -n "__fish_drover_needs_command" -f -a "agent" -d 'Start, resume, retry, stop, attach to or say something to one issue\'s session'
complete -c drover -n "__fish_drover_needs_command" -f -a "phase-handler" -d 'Move one run as far as it can go now, one phase and one write at a time; safe to call at any time by anyone'
complete -c drover -n "__fish_drover_needs_command" -f -a "verify" -d 'Run the project\'s own checks on one commit, in a checkout of its own; the result is a file'
complete -c drover -n "__fish_drover_needs_command" -f -a "merge" -d 'Land one approved, green pull, or say why not'
complete -c drover -n "__fish_drover_needs_command" -f -a "mirror" -d 'Push the primary branch and tags to the mirrors, forward only'
complete -c drover -n "__fish_drover_needs_command" -f -a "preflight" -d 'Check an environment, an issue, or what a run or a pull would publish'
complete -c drover -n "__fish_drover_needs_command" -f -a "phase" -d 'Inside a session: say where you stand, ask a person something, or print where you stand'
complete -c drover -n "__fish_drover_needs_command" -f -a "notify" -d 'Tell the people of a project something, and take in what they say'
complete -c drover -n "__fish_drover_needs_command" -f -a "status" -d 'Read-only views: what is going on, and why something is not'
complete -c drover -n "__fish_drover_needs_command" -f -a "forge" -d 'Issues and pulls from the shell'
complete -c drover -n "__fish_drover_needs_command" -f -a "resume" -d 'Let a stopped or escalated run go on where it stood'
complete -c drover -n "__fish_drover_needs_command" -f -a "retry" -d 'Take up a run again that has ended, as its next attempt'
complete -c drover -n "__fish_drover_needs_command" -f -a "say" -d 'Say something to the session; an escalated run goes back to work with it'
complete -c drover -n "__fish_drover_needs_command" -f -a "attach" -d 'Attach this terminal to the session (detach: Ctrl-b d)'
complete -c drover -n "__fish_drover_needs_command" -f -a "stop" -d 'Stop the session and everything it started; the run waits for you'
complete -c drover -n "__fish_drover_needs_command" -f -a "ps" -d 'Runs: what, phase, since when, whose move, what is worth a look (the default)'
complete -c drover -n "__fish_drover_needs_command" -f -a "show" -d 'One run and its history'
complete -c drover -n "__fish_drover_needs_command" -f -a "why" -d 'Why something happens or not: an issue, a pull, or everything'
complete -c drover -n "__fish_drover_needs_command" -f -a "queue" -d 'What would start next, and why the rest would not'
complete -c drover -n "__fish_drover_needs_command" -f -a "logs" -d 'The session\'s screen, or what was kept of the last one'
complete -c drover -n "__fish_drover_needs_command" -f -a "events" -d 'What happened, oldest first'
complete -c drover -n "__fish_drover_needs_command" -f -a "cost" -d 'What was used, by issue'
complete -c drover -n "__fish_drover_needs_command" -f -a "graph" -d 'What waits for what'
complete -c drover -n "__fish_drover_needs_command" -f -a "search" -d 'Find words in the titles, events, messages, notes, screens and checks of all runs'
complete -c drover -n "__fish_drover_needs_command" -f -a "report" -d 'All of this as one page for a browser: now, queue, timeline, outcomes, cost, and each run'
complete -c drover -n "__fish_drover_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c drover -n "__fish_drover_using_subcommand init" -l name -d 'The project\'s name' -r
complete -c drover -n "__fish_drover_using_subcommand init" -l branch -d 'The branch that pulls land on' -r
complete -c drover -n "__fish_drover_using_subcommand init" -l forge -d 'Where issues and pulls are: `local`, or the address of a repository on a Forgejo or Gitea' -r
complete -c drover -n "__fish_drover_using_subcommand init" -l agent -d 'The agent: claude, codex or opencode' -r
complete -c drover -n "__fish_drover_using_subcommand init" -l build -d 'The command that builds; "" for none' -r
complete -c drover -n "__fish_drover_using_subcommand init" -l lint -d 'The command that lints; "" for none' -r
complete -c drover -n "__fish_drover_using_subcommand init" -l test -d 'The command that tests; "" for none' -r
complete -c drover -n "__fish_drover_using_subcommand init" -l maintainer -d 'Whose issues and words count; more than once for more' -r
complete -c drover -n "__fish_drover_using_subcommand init" -l reviewer -d 'Whose approval counts; more than once for more' -r
complete -c drover -n "__fish_drover_using_subcommand init" -l schedule -d 'How ticks come' -r -f -a "print\t'The line for the crontab is printed'
crontab\t'The line is put into your crontab'
systemd\t'A timer is put into ~/.config/systemd/user'"
complete -c drover -n "__fish_drover_using_subcommand init" -l root -d 'Folder that holds projects/ and state/ [default: $FACTORY_ROOT, a parent folder, or XDG]' -r -F
complete -c drover -n "__fish_drover_using_subcommand init" -l state -d 'State folder, where it does not lie in the root' -r -F
complete -c drover -n "__fish_drover_using_subcommand init" -s p -l project -d 'Project: its name, or the path of its TOML [default: the one whose repository you stand in, or the only one]' -r
complete -c drover -n "__fish_drover_using_subcommand init" -l set -d 'Set a configuration key for this call' -r
complete -c drover -n "__fish_drover_using_subcommand init" -s y -l yes -d 'Take what is proposed, ask nothing, write it'
complete -c drover -n "__fish_drover_using_subcommand init" -l on -d 'Switch new work on'
complete -c drover -n "__fish_drover_using_subcommand init" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drover -n "__fish_drover_using_subcommand demo" -l dir -d 'Folder to make and work in [default: a new one in $TMPDIR]' -r -F
complete -c drover -n "__fish_drover_using_subcommand demo" -l forge -d 'Play on this Forgejo or Gitea, in repositories made for it, with the tokens of two accounts in FORGE_TOKEN and FORGE_REVIEW_TOKEN' -r
complete -c drover -n "__fish_drover_using_subcommand demo" -l root -d 'Folder that holds projects/ and state/ [default: $FACTORY_ROOT, a parent folder, or XDG]' -r -F
complete -c drover -n "__fish_drover_using_subcommand demo" -l state -d 'State folder, where it does not lie in the root' -r -F
complete -c drover -n "__fish_drover_using_subcommand demo" -s p -l project -d 'Project: its name, or the path of its TOML [default: the one whose repository you stand in, or the only one]' -r
complete -c drover -n "__fish_drover_using_subcommand demo" -l set -d 'Set a configuration key for this call' -r
complete -c drover -n "__fish_drover_using_subcommand demo" -l clean -d 'Remove the folder when all went as it should'
complete -c drover -n "__fish_drover_using_subcommand demo" -l delete -d 'Delete these repositories when all went as it should'
complete -c drover -n "__fish_drover_using_subcommand demo" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drover -n "__fish_drover_using_subcommand doctor" -l as-cron -d 'What was found where cron\'s lines may stand; set by ourselves' -r
complete -c drover -n "__fish_drover_using_subcommand doctor" -l root -d 'Folder that holds projects/ and state/ [default: $FACTORY_ROOT, a parent folder, or XDG]' -r -F
complete -c drover -n "__fish_drover_using_subcommand doctor" -l state -d 'State folder, where it does not lie in the root' -r -F
complete -c drover -n "__fish_drover_using_subcommand doctor" -s p -l project -d 'Project: its name, or the path of its TOML [default: the one whose repository you stand in, or the only one]' -r
complete -c drover -n "__fish_drover_using_subcommand doctor" -l set -d 'Set a configuration key for this call' -r
complete -c drover -n "__fish_drover_using_subcommand doctor" -l simulate-cron -d 'In the environment that cron gives: the PATH and the variables of your crontab, and nothing of this shell'
complete -c drover -n "__fish_drover_using_subcommand doctor" -l json -d 'Print JSON'
complete -c drover -n "__fish_drover_using_subcommand doctor" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drover -n "__fish_drover_using_subcommand on" -l root -d 'Folder that holds projects/ and state/ [default: $FACTORY_ROOT, a parent folder, or XDG]' -r -F
complete -c drover -n "__fish_drover_using_subcommand on" -l state -d 'State folder, where it does not lie in the root' -r -F
complete -c drover -n "__fish_drover_using_subcommand on" -s p -l project -d 'Project: its name, or the path of its TOML [default: the one whose repository you stand in, or the only one]' -r
complete -c drover -n "__fish_drover_using_subcommand on" -l set -d 'Set a configuration key for this call' -r
complete -c drover -n "__fish_drover_using_subcommand on" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drover -n "__fish_drover_using_subcommand off" -l root -d 'Folder that holds projects/ and state/ [default: $FACTORY_ROOT, a parent folder, or XDG]' -r -F
complete -c drover -n "__fish_drover_using_subcommand off" -l state -d 'State folder, where it does not lie in the root' -r -F
complete -c drover -n "__fish_drover_using_subcommand off" -s p -l project -d 'Project: its name, or the path of its TOML [default: the one whose repository you stand in, or the only one]' -r
complete -c drover -n "__fish_drover_using_subcommand off" -l set -d 'Set a configuration key for this call' -r
complete -c drover -n "__fish_drover_using_subcommand off" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drover -n "__fish_drover_using_subcommand pause" -l root -d 'Folder that holds projects/ and state/ [default: $FACTORY_ROOT, a parent folder, or XDG]' -r -F
complete -c drover -n "__fish_drover_using_subcommand pause" -l state -d 'State folder, where it does not lie in the root' -r -F
complete -c drover -n "__fish_drover_using_subcommand pause" -s p -l project -d 'Project: its name, or the path of its TOML [default: the one whose repository you stand in, or the only one]' -r
complete -c drover -n "__fish_drover_using_subcommand pause" -l set -d 'Set a configuration key for this call' -r
complete -c drover -n "__fish_drover_using_subcommand pause" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drover -n "__fish_drover_using_subcommand unpause" -l root -d 'Folder that holds projects/ and state/ [default: $FACTORY_ROOT, a parent folder, or XDG]' -r -F
complete -c drover -n "__fish_drover_using_subcommand unpause" -l state -d 'State folder, where it does not lie in the root' -r -F
complete -c drover -n "__fish_drover_using_subcommand unpause" -s p -l project -d 'Project: its name, or the path of its TOML [default: the one whose repository you stand in, or the only one]' -r
complete -c drover -n "__fish_drover_using_subcommand unpause" -l set -d 'Set a configuration key for this call' -r
complete -c drover -n "__fish_drover_using_subcommand unpause" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drover -n "__fish_drover_using_subcommand backup" -l root -d 'Folder that holds projects/ and state/ [default: $FACTORY_ROOT, a parent folder, or XDG]' -r -F
complete -c drover -n "__fish_drover_using_subcommand backup" -l state -d 'State folder, where it does not lie in the root' -r -F
complete -c drover -n "__fish_drover_using_subcommand backup" -s p -l project -d 'Project: its name, or the path of its TOML [default: the one whose repository you stand in, or the only one]' -r
complete -c drover -n "__fish_drover_using_subcommand backup" -l set -d 'Set a configuration key for this call' -r
complete -c drover -n "__fish_drover_using_subcommand backup" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drover -n "__fish_drover_using_subcommand gc" -l days -d 'Only of what ended at least so many days ago' -r
complete -c drover -n "__fish_drover_using_subcommand gc" -l root -d 'Folder that holds projects/ and state/ [default: $FACTORY_ROOT, a parent folder, or XDG]' -r -F
complete -c drover -n "__fish_drover_using_subcommand gc" -l state -d 'State folder, where it does not lie in the root' -r -F
complete -c drover -n "__fish_drover_using_subcommand gc" -s p -l project -d 'Project: its name, or the path of its TOML [default: the one whose repository you stand in, or the only one]' -r
complete -c drover -n "__fish_drover_using_subcommand gc" -l set -d 'Set a configuration key for this call' -r
complete -c drover -n "__fish_drover_using_subcommand gc" -l dry-run -d 'Say what would go, and remove nothing'
complete -c drover -n "__fish_drover_using_subcommand gc" -l json -d 'Print JSON'
complete -c drover -n "__fish_drover_using_subcommand gc" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drover -n "__fish_drover_using_subcommand run" -l title -d 'What is to be done, in one line' -r
complete -c drover -n "__fish_drover_using_subcommand run" -l description -d 'More about it' -r
complete -c drover -n "__fish_drover_using_subcommand run" -l until -d 'How far to wait' -r -f -a "landed\t'Until it has landed'
review\t'Until its pull is green and waits for a review'"
complete -c drover -n "__fish_drover_using_subcommand run" -l root -d 'Folder that holds projects/ and state/ [default: $FACTORY_ROOT, a parent folder, or XDG]' -r -F
complete -c drover -n "__fish_drover_using_subcommand run" -l state -d 'State folder, where it does not lie in the root' -r -F
complete -c drover -n "__fish_drover_using_subcommand run" -s p -l project -d 'Project: its name, or the path of its TOML [default: the one whose repository you stand in, or the only one]' -r
complete -c drover -n "__fish_drover_using_subcommand run" -l set -d 'Set a configuration key for this call' -r
complete -c drover -n "__fish_drover_using_subcommand run" -s d -l detach -d 'Return at once; prints the issue\'s number, which all other commands take'
complete -c drover -n "__fish_drover_using_subcommand run" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drover -n "__fish_drover_using_subcommand watch-heartbeat" -l after -d 'Minutes that ticks may stand still' -r
complete -c drover -n "__fish_drover_using_subcommand watch-heartbeat" -l root -d 'Folder that holds projects/ and state/ [default: $FACTORY_ROOT, a parent folder, or XDG]' -r -F
complete -c drover -n "__fish_drover_using_subcommand watch-heartbeat" -l state -d 'State folder, where it does not lie in the root' -r -F
complete -c drover -n "__fish_drover_using_subcommand watch-heartbeat" -s p -l project -d 'Project: its name, or the path of its TOML [default: the one whose repository you stand in, or the only one]' -r
complete -c drover -n "__fish_drover_using_subcommand watch-heartbeat" -l set -d 'Set a configuration key for this call' -r
complete -c drover -n "__fish_drover_using_subcommand watch-heartbeat" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drover -n "__fish_drover_using_subcommand poll" -l root -d 'Folder that holds projects/ and state/ [default: $FACTORY_ROOT, a parent folder, or XDG]' -r -F
complete -c drover -n "__fish_drover_using_subcommand poll" -l state -d 'State folder, where it does not lie in the root' -r -F
complete -c drover -n "__fish_drover_using_subcommand poll" -s p -l project -d 'Project: its name, or the path of its TOML [default: the one whose repository you stand in, or the only one]' -r
complete -c drover -n "__fish_drover_using_subcommand poll" -l set -d 'Set a configuration key for this call' -r
complete -c drover -n "__fish_drover_using_subcommand poll" -l dry-run -d 'Print what would be done, as commands, and why the rest would not'
complete -c drover -n "__fish_drover_using_subcommand poll" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drover -n "__fish_drover_using_subcommand poll" -s V -l version -d 'Print version'
complete -c drover -n "__fish_drover_using_subcommand agent; and not __fish_seen_subcommand_from start resume retry say attach stop host help" -l root -d 'Folder that holds projects/ and state/ [default: $FACTORY_ROOT, a parent folder, or XDG]' -r -F
complete -c drover -n "__fish_drover_using_subcommand agent; and not __fish_seen_subcommand_from start resume retry say attach stop host help" -l state -d 'State folder, where it does not lie in the root' -r -F
complete -c drover -n "__fish_drover_using_subcommand agent; and not __fish_seen_subcommand_from start resume retry say attach stop host help" -s p -l project -d 'Project: its name, or the path of its TOML [default: the one whose repository you stand in, or the only one]' -r
complete -c drover -n "__fish_drover_using_subcommand agent; and not __fish_seen_subcommand_from start resume retry say attach stop host help" -l set -d 'Set a configuration key for this call' -r
complete -c drover -n "__fish_drover_using_subcommand agent; and not __fish_seen_subcommand_from start resume retry say attach stop host help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drover -n "__fish_drover_using_subcommand agent; and not __fish_seen_subcommand_from start resume retry say attach stop host help" -s V -l version -d 'Print version'
complete -c drover -n "__fish_drover_using_subcommand agent; and not __fish_seen_subcommand_from start resume retry say attach stop host help" -f -a "start" -d 'Start work on an issue'
complete -c drover -n "__fish_drover_using_subcommand agent; and not __fish_seen_subcommand_from start resume retry say attach stop host help" -f -a "resume" -d 'Let a stopped or escalated run go on where it stood'
complete -c drover -n "__fish_drover_using_subcommand agent; and not __fish_seen_subcommand_from start resume retry say attach stop host help" -f -a "retry" -d 'Take up a run again that has ended, as its next attempt'
complete -c drover -n "__fish_drover_using_subcommand agent; and not __fish_seen_subcommand_from start resume retry say attach stop host help" -f -a "say" -d 'Say something to the session; an escalated run goes back to work with it'
complete -c drover -n "__fish_drover_using_subcommand agent; and not __fish_seen_subcommand_from start resume retry say attach stop host help" -f -a "attach" -d 'Attach this terminal to the session (detach: Ctrl-b d)'
complete -c drover -n "__fish_drover_using_subcommand agent; and not __fish_seen_subcommand_from start resume retry say attach stop host help" -f -a "stop" -d 'Stop the session and everything it started; the run waits for you'
complete -c drover -n "__fish_drover_using_subcommand agent; and not __fish_seen_subcommand_from start resume retry say attach stop host help" -f -a "host" -d 'The first process of a session (started by agent start)'
complete -c drover -n "__fish_drover_using_subcommand agent; and not __fish_seen_subcommand_from start resume retry say attach stop host help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c drover -n "__fish_drover_using_subcommand agent; and __fish_seen_subcommand_from start" -l root -d 'Folder that holds projects/ and state/ [default: $FACTORY_ROOT, a parent folder, or XDG]' -r -F
complete -c drover -n "__fish_drover_using_subcommand agent; and __fish_seen_subcommand_from start" -l state -d 'State folder, where it does not lie in the root' -r -F
complete -c drover -n "__fish_drover_using_subcommand agent; and __fish_seen_subcommand_from start" -s p -l project -d 'Project: its name, or the path of its TOML [default: the one whose repository you stand in, or the only one]' -r
complete -c drover -n "__fish_drover_using_subcommand agent; and __fish_seen_subcommand_from start" -l set -d 'Set a configuration key for this call' -r
complete -c drover -n "__fish_drover_using_subcommand agent; and __fish_seen_subcommand_from start" -l planned -d 'Only if a tick made now would start it (this is how poll calls it)'
complete -c drover -n "__fish_drover_using_subcommand agent; and __fish_seen_subcommand_from start" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drover -n "__fish_drover_using_subcommand agent; and __fish_seen_subcommand_from resume" -l root -d 'Folder that holds projects/ and state/ [default: $FACTORY_ROOT, a parent folder, or XDG]' -r -F
complete -c drover -n "__fish_drover_using_subcommand agent; and __fish_seen_subcommand_from resume" -l state -d 'State folder, where it does not lie in the root' -r -F
complete -c drover -n "__fish_drover_using_subcommand agent; and __fish_seen_subcommand_from resume" -s p -l project -d 'Project: its name, or the path of its TOML [default: the one whose repository you stand in, or the only one]' -r
complete -c drover -n "__fish_drover_using_subcommand agent; and __fish_seen_subcommand_from resume" -l set -d 'Set a configuration key for this call' -r
complete -c drover -n "__fish_drover_using_subcommand agent; and __fish_seen_subcommand_from resume" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drover -n "__fish_drover_using_subcommand agent; and __fish_seen_subcommand_from retry" -l root -d 'Folder that holds projects/ and state/ [default: $FACTORY_ROOT, a parent folder, or XDG]' -r -F
complete -c drover -n "__fish_drover_using_subcommand agent; and __fish_seen_subcommand_from retry" -l state -d 'State folder, where it does not lie in the root' -r -F
complete -c drover -n "__fish_drover_using_subcommand agent; and __fish_seen_subcommand_from retry" -s p -l project -d 'Project: its name, or the path of its TOML [default: the one whose repository you stand in, or the only one]' -r
complete -c drover -n "__fish_drover_using_subcommand agent; and __fish_seen_subcommand_from retry" -l set -d 'Set a configuration key for this call' -r
complete -c drover -n "__fish_drover_using_subcommand agent; and __fish_seen_subcommand_from retry" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drover -n "__fish_drover_using_subcommand agent; and __fish_seen_subcommand_from say" -l as -d 'Who says it [default: your git name]' -r
complete -c drover -n "__fish_drover_using_subcommand agent; and __fish_seen_subcommand_from say" -l root -d 'Folder that holds projects/ and state/ [default: $FACTORY_ROOT, a parent folder, or XDG]' -r -F
complete -c drover -n "__fish_drover_using_subcommand agent; and __fish_seen_subcommand_from say" -l state -d 'State folder, where it does not lie in the root' -r -F
complete -c drover -n "__fish_drover_using_subcommand agent; and __fish_seen_subcommand_from say" -s p -l project -d 'Project: its name, or the path of its TOML [default: the one whose repository you stand in, or the only one]' -r
complete -c drover -n "__fish_drover_using_subcommand agent; and __fish_seen_subcommand_from say" -l set -d 'Set a configuration key for this call' -r
complete -c drover -n "__fish_drover_using_subcommand agent; and __fish_seen_subcommand_from say" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drover -n "__fish_drover_using_subcommand agent; and __fish_seen_subcommand_from attach" -l root -d 'Folder that holds projects/ and state/ [default: $FACTORY_ROOT, a parent folder, or XDG]' -r -F
complete -c drover -n "__fish_drover_using_subcommand agent; and __fish_seen_subcommand_from attach" -l state -d 'State folder, where it does not lie in the root' -r -F
complete -c drover -n "__fish_drover_using_subcommand agent; and __fish_seen_subcommand_from attach" -s p -l project -d 'Project: its name, or the path of its TOML [default: the one whose repository you stand in, or the only one]' -r
complete -c drover -n "__fish_drover_using_subcommand agent; and __fish_seen_subcommand_from attach" -l set -d 'Set a configuration key for this call' -r
complete -c drover -n "__fish_drover_using_subcommand agent; and __fish_seen_subcommand_from attach" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drover -n "__fish_drover_using_subcommand agent; and __fish_seen_subcommand_from stop" -l root -d 'Folder that holds projects/ and state/ [default: $FACTORY_ROOT, a parent folder, or XDG]' -r -F
complete -c drover -n "__fish_drover_using_subcommand agent; and __fish_seen_subcommand_from stop" -l state -d 'State folder, where it does not lie in the root' -r -F
complete -c drover -n "__fish_drover_using_subcommand agent; and __fish_seen_subcommand_from stop" -s p -l project -d 'Project: its name, or the path of its TOML [default: the one whose repository you stand in, or the only one]' -r
complete -c drover -n "__fish_drover_using_subcommand agent; and __fish_seen_subcommand_from stop" -l set -d 'Set a configuration key for this call' -r
complete -c drover -n "__fish_drover_using_subcommand agent; and __fish_seen_subcommand_from stop" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drover -n "__fish_drover_using_subcommand agent; and __fish_seen_subcommand_from host" -l root -d 'Folder that holds projects/ and state/ [default: $FACTORY_ROOT, a parent folder, or XDG]' -r -F
complete -c drover -n "__fish_drover_using_subcommand agent; and __fish_seen_subcommand_from host" -l state -d 'State folder, where it does not lie in the root' -r -F
complete -c drover -n "__fish_drover_using_subcommand agent; and __fish_seen_subcommand_from host" -s p -l project -d 'Project: its name, or the path of its TOML [default: the one whose repository you stand in, or the only one]' -r
complete -c drover -n "__fish_drover_using_subcommand agent; and __fish_seen_subcommand_from host" -l set -d 'Set a configuration key for this call' -r
complete -c drover -n "__fish_drover_using_subcommand agent; and __fish_seen_subcommand_from host" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drover -n "__fish_drover_using_subcommand agent; and __fish_seen_subcommand_from help" -f -a "start" -d 'Start work on an issue'
complete -c drover -n "__fish_drover_using_subcommand agent; and __fish_seen_subcommand_from help" -f -a "resume" -d 'Let a stopped or escalated run go on where it stood'
complete -c drover -n "__fish_drover_using_subcommand agent; and __fish_seen_subcommand_from help" -f -a "retry" -d 'Take up a run again that has ended, as its next attempt'
complete -c drover -n "__fish_drover_using_subcommand agent; and __fish_seen_subcommand_from help" -f -a "say" -d 'Say something to the session; an escalated run goes back to work with it'
complete -c drover -n "__fish_drover_using_subcommand agent; and __fish_seen_subcommand_from help" -f -a "attach" -d 'Attach this terminal to the session (detach: Ctrl-b d)'
complete -c drover -n "__fish_drover_using_subcommand agent; and __fish_seen_subcommand_from help" -f -a "stop" -d 'Stop the session and everything it started; the run waits for you'
complete -c drover -n "__fish_drover_using_subcommand agent; and __fish_seen_subcommand_from help" -f -a "host" -d 'The first process of a session (started by agent start)'
complete -c drover -n "__fish_drover_using_subcommand agent; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c drover -n "__fish_drover_using_subcommand phase-handler" -l root -d 'Folder that holds projects/ and state/ [default: $FACTORY_ROOT, a parent folder, or XDG]' -r -F
complete -c drover -n "__fish_drover_using_subcommand phase-handler" -l state -d 'State folder, where it does not lie in the root' -r -F
complete -c drover -n "__fish_drover_using_subcommand phase-handler" -s p -l project -d 'Project: its name, or the path of its TOML [default: the one whose repository you stand in, or the only one]' -r
complete -c drover -n "__fish_drover_using_subcommand phase-handler" -l set -d 'Set a configuration key for this call' -r
complete -c drover -n "__fish_drover_using_subcommand phase-handler" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drover -n "__fish_drover_using_subcommand phase-handler" -s V -l version -d 'Print version'
complete -c drover -n "__fish_drover_using_subcommand verify" -l root -d 'Folder that holds projects/ and state/ [default: $FACTORY_ROOT, a parent folder, or XDG]' -r -F
complete -c drover -n "__fish_drover_using_subcommand verify" -l state -d 'State folder, where it does not lie in the root' -r -F
complete -c drover -n "__fish_drover_using_subcommand verify" -s p -l project -d 'Project: its name, or the path of its TOML [default: the one whose repository you stand in, or the only one]' -r
complete -c drover -n "__fish_drover_using_subcommand verify" -l set -d 'Set a configuration key for this call' -r
complete -c drover -n "__fish_drover_using_subcommand verify" -l planned -d 'Not more often than a tick would: what died three times on a commit is a person\'s'
complete -c drover -n "__fish_drover_using_subcommand verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drover -n "__fish_drover_using_subcommand verify" -s V -l version -d 'Print version'
complete -c drover -n "__fish_drover_using_subcommand merge" -l head -d 'Land it at this head and at no other' -r
complete -c drover -n "__fish_drover_using_subcommand merge" -l root -d 'Folder that holds projects/ and state/ [default: $FACTORY_ROOT, a parent folder, or XDG]' -r -F
complete -c drover -n "__fish_drover_using_subcommand merge" -l state -d 'State folder, where it does not lie in the root' -r -F
complete -c drover -n "__fish_drover_using_subcommand merge" -s p -l project -d 'Project: its name, or the path of its TOML [default: the one whose repository you stand in, or the only one]' -r
complete -c drover -n "__fish_drover_using_subcommand merge" -l set -d 'Set a configuration key for this call' -r
complete -c drover -n "__fish_drover_using_subcommand merge" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drover -n "__fish_drover_using_subcommand merge" -s V -l version -d 'Print version'
complete -c drover -n "__fish_drover_using_subcommand mirror" -l root -d 'Folder that holds projects/ and state/ [default: $FACTORY_ROOT, a parent folder, or XDG]' -r -F
complete -c drover -n "__fish_drover_using_subcommand mirror" -l state -d 'State folder, where it does not lie in the root' -r -F
complete -c drover -n "__fish_drover_using_subcommand mirror" -s p -l project -d 'Project: its name, or the path of its TOML [default: the one whose repository you stand in, or the only one]' -r
complete -c drover -n "__fish_drover_using_subcommand mirror" -l set -d 'Set a configuration key for this call' -r
complete -c drover -n "__fish_drover_using_subcommand mirror" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drover -n "__fish_drover_using_subcommand mirror" -s V -l version -d 'Print version'
complete -c drover -n "__fish_drover_using_subcommand preflight; and not __fish_seen_subcommand_from env issue run pull help" -l root -d 'Folder that holds projects/ and state/ [default: $FACTORY_ROOT, a parent folder, or XDG]' -r -F
complete -c drover -n "__fish_drover_using_subcommand preflight; and not __fish_seen_subcommand_from env issue run pull help" -l state -d 'State folder, where it does not lie in the root' -r -F
complete -c drover -n "__fish_drover_using_subcommand preflight; and not __fish_seen_subcommand_from env issue run pull help" -s p -l project -d 'Project: its name, or the path of its TOML [default: the one whose repository you stand in, or the only one]' -r
complete -c drover -n "__fish_drover_using_subcommand preflight; and not __fish_seen_subcommand_from env issue run pull help" -l set -d 'Set a configuration key for this call' -r
complete -c drover -n "__fish_drover_using_subcommand preflight; and not __fish_seen_subcommand_from env issue run pull help" -l json -d 'Print JSON'
complete -c drover -n "__fish_drover_using_subcommand preflight; and not __fish_seen_subcommand_from env issue run pull help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drover -n "__fish_drover_using_subcommand preflight; and not __fish_seen_subcommand_from env issue run pull help" -s V -l version -d 'Print version'
complete -c drover -n "__fish_drover_using_subcommand preflight; and not __fish_seen_subcommand_from env issue run pull help" -f -a "env" -d 'Whether it would work here: the machine, the forge, the agent, people'
complete -c drover -n "__fish_drover_using_subcommand preflight; and not __fish_seen_subcommand_from env issue run pull help" -f -a "issue" -d 'Whether an issue would be started now'
complete -c drover -n "__fish_drover_using_subcommand preflight; and not __fish_seen_subcommand_from env issue run pull help" -f -a "run" -d 'What the gates hold against publishing a run\'s commits'
complete -c drover -n "__fish_drover_using_subcommand preflight; and not __fish_seen_subcommand_from env issue run pull help" -f -a "pull" -d 'What the gates hold against a pull, and whether it may land'
complete -c drover -n "__fish_drover_using_subcommand preflight; and not __fish_seen_subcommand_from env issue run pull help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c drover -n "__fish_drover_using_subcommand preflight; and __fish_seen_subcommand_from env" -l as-cron -d 'What was found where cron\'s lines may stand; set by ourselves' -r
complete -c drover -n "__fish_drover_using_subcommand preflight; and __fish_seen_subcommand_from env" -l root -d 'Folder that holds projects/ and state/ [default: $FACTORY_ROOT, a parent folder, or XDG]' -r -F
complete -c drover -n "__fish_drover_using_subcommand preflight; and __fish_seen_subcommand_from env" -l state -d 'State folder, where it does not lie in the root' -r -F
complete -c drover -n "__fish_drover_using_subcommand preflight; and __fish_seen_subcommand_from env" -s p -l project -d 'Project: its name, or the path of its TOML [default: the one whose repository you stand in, or the only one]' -r
complete -c drover -n "__fish_drover_using_subcommand preflight; and __fish_seen_subcommand_from env" -l set -d 'Set a configuration key for this call' -r
complete -c drover -n "__fish_drover_using_subcommand preflight; and __fish_seen_subcommand_from env" -l simulate-cron -d 'In the environment that cron gives: the PATH and the variables of your crontab, and nothing of this shell'
complete -c drover -n "__fish_drover_using_subcommand preflight; and __fish_seen_subcommand_from env" -l json -d 'Print JSON'
complete -c drover -n "__fish_drover_using_subcommand preflight; and __fish_seen_subcommand_from env" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drover -n "__fish_drover_using_subcommand preflight; and __fish_seen_subcommand_from issue" -l root -d 'Folder that holds projects/ and state/ [default: $FACTORY_ROOT, a parent folder, or XDG]' -r -F
complete -c drover -n "__fish_drover_using_subcommand preflight; and __fish_seen_subcommand_from issue" -l state -d 'State folder, where it does not lie in the root' -r -F
complete -c drover -n "__fish_drover_using_subcommand preflight; and __fish_seen_subcommand_from issue" -s p -l project -d 'Project: its name, or the path of its TOML [default: the one whose repository you stand in, or the only one]' -r
complete -c drover -n "__fish_drover_using_subcommand preflight; and __fish_seen_subcommand_from issue" -l set -d 'Set a configuration key for this call' -r
complete -c drover -n "__fish_drover_using_subcommand preflight; and __fish_seen_subcommand_from issue" -l json -d 'Print JSON'
complete -c drover -n "__fish_drover_using_subcommand preflight; and __fish_seen_subcommand_from issue" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drover -n "__fish_drover_using_subcommand preflight; and __fish_seen_subcommand_from run" -l root -d 'Folder that holds projects/ and state/ [default: $FACTORY_ROOT, a parent folder, or XDG]' -r -F
complete -c drover -n "__fish_drover_using_subcommand preflight; and __fish_seen_subcommand_from run" -l state -d 'State folder, where it does not lie in the root' -r -F
complete -c drover -n "__fish_drover_using_subcommand preflight; and __fish_seen_subcommand_from run" -s p -l project -d 'Project: its name, or the path of its TOML [default: the one whose repository you stand in, or the only one]' -r
complete -c drover -n "__fish_drover_using_subcommand preflight; and __fish_seen_subcommand_from run" -l set -d 'Set a configuration key for this call' -r
complete -c drover -n "__fish_drover_using_subcommand preflight; and __fish_seen_subcommand_from run" -l json -d 'Print JSON'
complete -c drover -n "__fish_drover_using_subcommand preflight; and __fish_seen_subcommand_from run" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drover -n "__fish_drover_using_subcommand preflight; and __fish_seen_subcommand_from pull" -l root -d 'Folder that holds projects/ and state/ [default: $FACTORY_ROOT, a parent folder, or XDG]' -r -F
complete -c drover -n "__fish_drover_using_subcommand preflight; and __fish_seen_subcommand_from pull" -l state -d 'State folder, where it does not lie in the root' -r -F
complete -c drover -n "__fish_drover_using_subcommand preflight; and __fish_seen_subcommand_from pull" -s p -l project -d 'Project: its name, or the path of its TOML [default: the one whose repository you stand in, or the only one]' -r
complete -c drover -n "__fish_drover_using_subcommand preflight; and __fish_seen_subcommand_from pull" -l set -d 'Set a configuration key for this call' -r
complete -c drover -n "__fish_drover_using_subcommand preflight; and __fish_seen_subcommand_from pull" -l json -d 'Print JSON'
complete -c drover -n "__fish_drover_using_subcommand preflight; and __fish_seen_subcommand_from pull" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drover -n "__fish_drover_using_subcommand preflight; and __fish_seen_subcommand_from help" -f -a "env" -d 'Whether it would work here: the machine, the forge, the agent, people'
complete -c drover -n "__fish_drover_using_subcommand preflight; and __fish_seen_subcommand_from help" -f -a "issue" -d 'Whether an issue would be started now'
complete -c drover -n "__fish_drover_using_subcommand preflight; and __fish_seen_subcommand_from help" -f -a "run" -d 'What the gates hold against publishing a run\'s commits'
complete -c drover -n "__fish_drover_using_subcommand preflight; and __fish_seen_subcommand_from help" -f -a "pull" -d 'What the gates hold against a pull, and whether it may land'
complete -c drover -n "__fish_drover_using_subcommand preflight; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c drover -n "__fish_drover_using_subcommand phase" -l root -d 'Folder that holds projects/ and state/ [default: $FACTORY_ROOT, a parent folder, or XDG]' -r -F
complete -c drover -n "__fish_drover_using_subcommand phase" -l state -d 'State folder, where it does not lie in the root' -r -F
complete -c drover -n "__fish_drover_using_subcommand phase" -s p -l project -d 'Project: its name, or the path of its TOML [default: the one whose repository you stand in, or the only one]' -r
complete -c drover -n "__fish_drover_using_subcommand phase" -l set -d 'Set a configuration key for this call' -r
complete -c drover -n "__fish_drover_using_subcommand phase" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drover -n "__fish_drover_using_subcommand phase" -s V -l version -d 'Print version'
complete -c drover -n "__fish_drover_using_subcommand notify; and not __fish_seen_subcommand_from send listen help" -l root -d 'Folder that holds projects/ and state/ [default: $FACTORY_ROOT, a parent folder, or XDG]' -r -F
complete -c drover -n "__fish_drover_using_subcommand notify; and not __fish_seen_subcommand_from send listen help" -l state -d 'State folder, where it does not lie in the root' -r -F
complete -c drover -n "__fish_drover_using_subcommand notify; and not __fish_seen_subcommand_from send listen help" -s p -l project -d 'Project: its name, or the path of its TOML [default: the one whose repository you stand in, or the only one]' -r
complete -c drover -n "__fish_drover_using_subcommand notify; and not __fish_seen_subcommand_from send listen help" -l set -d 'Set a configuration key for this call' -r
complete -c drover -n "__fish_drover_using_subcommand notify; and not __fish_seen_subcommand_from send listen help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drover -n "__fish_drover_using_subcommand notify; and not __fish_seen_subcommand_from send listen help" -s V -l version -d 'Print version'
complete -c drover -n "__fish_drover_using_subcommand notify; and not __fish_seen_subcommand_from send listen help" -f -a "send" -d 'Tell the people of a project something, in all of its channels'
complete -c drover -n "__fish_drover_using_subcommand notify; and not __fish_seen_subcommand_from send listen help" -f -a "listen" -d 'Pass answers on to the runs that they are for'
complete -c drover -n "__fish_drover_using_subcommand notify; and not __fish_seen_subcommand_from send listen help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c drover -n "__fish_drover_using_subcommand notify; and __fish_seen_subcommand_from send" -l issue -d 'The issue that it is about: then it stands in that thread' -r
complete -c drover -n "__fish_drover_using_subcommand notify; and __fish_seen_subcommand_from send" -l root -d 'Folder that holds projects/ and state/ [default: $FACTORY_ROOT, a parent folder, or XDG]' -r -F
complete -c drover -n "__fish_drover_using_subcommand notify; and __fish_seen_subcommand_from send" -l state -d 'State folder, where it does not lie in the root' -r -F
complete -c drover -n "__fish_drover_using_subcommand notify; and __fish_seen_subcommand_from send" -s p -l project -d 'Project: its name, or the path of its TOML [default: the one whose repository you stand in, or the only one]' -r
complete -c drover -n "__fish_drover_using_subcommand notify; and __fish_seen_subcommand_from send" -l set -d 'Set a configuration key for this call' -r
complete -c drover -n "__fish_drover_using_subcommand notify; and __fish_seen_subcommand_from send" -l urgent -d 'Somebody has to do something: they are rung for, and cron mails it'
complete -c drover -n "__fish_drover_using_subcommand notify; and __fish_seen_subcommand_from send" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drover -n "__fish_drover_using_subcommand notify; and __fish_seen_subcommand_from listen" -l wait -d 'Seconds to go on listening for' -r
complete -c drover -n "__fish_drover_using_subcommand notify; and __fish_seen_subcommand_from listen" -l root -d 'Folder that holds projects/ and state/ [default: $FACTORY_ROOT, a parent folder, or XDG]' -r -F
complete -c drover -n "__fish_drover_using_subcommand notify; and __fish_seen_subcommand_from listen" -l state -d 'State folder, where it does not lie in the root' -r -F
complete -c drover -n "__fish_drover_using_subcommand notify; and __fish_seen_subcommand_from listen" -s p -l project -d 'Project: its name, or the path of its TOML [default: the one whose repository you stand in, or the only one]' -r
complete -c drover -n "__fish_drover_using_subcommand notify; and __fish_seen_subcommand_from listen" -l set -d 'Set a configuration key for this call' -r
complete -c drover -n "__fish_drover_using_subcommand notify; and __fish_seen_subcommand_from listen" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drover -n "__fish_drover_using_subcommand notify; and __fish_seen_subcommand_from help" -f -a "send" -d 'Tell the people of a project something, in all of its channels'
complete -c drover -n "__fish_drover_using_subcommand notify; and __fish_seen_subcommand_from help" -f -a "listen" -d 'Pass answers on to the runs that they are for'
complete -c drover -n "__fish_drover_using_subcommand notify; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c drover -n "__fish_drover_using_subcommand status; and not __fish_seen_subcommand_from ps show why queue logs events cost graph report search help" -l root -d 'Folder that holds projects/ and state/ [default: $FACTORY_ROOT, a parent folder, or XDG]' -r -F
complete -c drover -n "__fish_drover_using_subcommand status; and not __fish_seen_subcommand_from ps show why queue logs events cost graph report search help" -l state -d 'State folder, where it does not lie in the root' -r -F
complete -c drover -n "__fish_drover_using_subcommand status; and not __fish_seen_subcommand_from ps show why queue logs events cost graph report search help" -s p -l project -d 'Project: its name, or the path of its TOML [default: the one whose repository you stand in, or the only one]' -r
complete -c drover -n "__fish_drover_using_subcommand status; and not __fish_seen_subcommand_from ps show why queue logs events cost graph report search help" -l set -d 'Set a configuration key for this call' -r
complete -c drover -n "__fish_drover_using_subcommand status; and not __fish_seen_subcommand_from ps show why queue logs events cost graph report search help" -l json -d 'Print JSON'
complete -c drover -n "__fish_drover_using_subcommand status; and not __fish_seen_subcommand_from ps show why queue logs events cost graph report search help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drover -n "__fish_drover_using_subcommand status; and not __fish_seen_subcommand_from ps show why queue logs events cost graph report search help" -s V -l version -d 'Print version'
complete -c drover -n "__fish_drover_using_subcommand status; and not __fish_seen_subcommand_from ps show why queue logs events cost graph report search help" -f -a "ps" -d 'Runs: what, phase, since when, whose move, what is worth a look (the default)'
complete -c drover -n "__fish_drover_using_subcommand status; and not __fish_seen_subcommand_from ps show why queue logs events cost graph report search help" -f -a "show" -d 'One run and its history'
complete -c drover -n "__fish_drover_using_subcommand status; and not __fish_seen_subcommand_from ps show why queue logs events cost graph report search help" -f -a "why" -d 'Why something happens or not: an issue, a pull, or everything'
complete -c drover -n "__fish_drover_using_subcommand status; and not __fish_seen_subcommand_from ps show why queue logs events cost graph report search help" -f -a "queue" -d 'What would start next, and why the rest would not'
complete -c drover -n "__fish_drover_using_subcommand status; and not __fish_seen_subcommand_from ps show why queue logs events cost graph report search help" -f -a "logs" -d 'The session\'s screen, or what was kept of the last one'
complete -c drover -n "__fish_drover_using_subcommand status; and not __fish_seen_subcommand_from ps show why queue logs events cost graph report search help" -f -a "events" -d 'What happened, oldest first'
complete -c drover -n "__fish_drover_using_subcommand status; and not __fish_seen_subcommand_from ps show why queue logs events cost graph report search help" -f -a "cost" -d 'What was used, by issue'
complete -c drover -n "__fish_drover_using_subcommand status; and not __fish_seen_subcommand_from ps show why queue logs events cost graph report search help" -f -a "graph" -d 'What waits for what'
complete -c drover -n "__fish_drover_using_subcommand status; and not __fish_seen_subcommand_from ps show why queue logs events cost graph report search help" -f -a "report" -d 'All of this as one page for a browser: now, queue, timeline, outcomes, cost, and each run'
complete -c drover -n "__fish_drover_using_subcommand status; and not __fish_seen_subcommand_from ps show why queue logs events cost graph report search help" -f -a "search" -d 'Find words in the titles, events, messages, notes, screens and checks of all runs'
complete -c drover -n "__fish_drover_using_subcommand status; and not __fish_seen_subcommand_from ps show why queue logs events cost graph report search help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from ps" -l root -d 'Folder that holds projects/ and state/ [default: $FACTORY_ROOT, a parent folder, or XDG]' -r -F
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from ps" -l state -d 'State folder, where it does not lie in the root' -r -F
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from ps" -s p -l project -d 'Project: its name, or the path of its TOML [default: the one whose repository you stand in, or the only one]' -r
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from ps" -l set -d 'Set a configuration key for this call' -r
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from ps" -s a -l all -d 'Those that have ended too'
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from ps" -s e -l everywhere -d 'Those of all projects'
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from ps" -s w -l watch -d 'Stay, and draw anew when something changes'
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from ps" -l json -d 'Print JSON'
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from ps" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from show" -l root -d 'Folder that holds projects/ and state/ [default: $FACTORY_ROOT, a parent folder, or XDG]' -r -F
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from show" -l state -d 'State folder, where it does not lie in the root' -r -F
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from show" -s p -l project -d 'Project: its name, or the path of its TOML [default: the one whose repository you stand in, or the only one]' -r
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from show" -l set -d 'Set a configuration key for this call' -r
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from show" -l json -d 'Print JSON'
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from why" -l root -d 'Folder that holds projects/ and state/ [default: $FACTORY_ROOT, a parent folder, or XDG]' -r -F
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from why" -l state -d 'State folder, where it does not lie in the root' -r -F
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from why" -s p -l project -d 'Project: its name, or the path of its TOML [default: the one whose repository you stand in, or the only one]' -r
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from why" -l set -d 'Set a configuration key for this call' -r
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from why" -l json -d 'Print JSON'
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from why" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from queue" -l root -d 'Folder that holds projects/ and state/ [default: $FACTORY_ROOT, a parent folder, or XDG]' -r -F
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from queue" -l state -d 'State folder, where it does not lie in the root' -r -F
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from queue" -s p -l project -d 'Project: its name, or the path of its TOML [default: the one whose repository you stand in, or the only one]' -r
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from queue" -l set -d 'Set a configuration key for this call' -r
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from queue" -l json -d 'Print JSON'
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from queue" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from logs" -s n -l lines -d 'How many lines' -r
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from logs" -l attempt -d 'What was kept of an earlier attempt' -r
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from logs" -l root -d 'Folder that holds projects/ and state/ [default: $FACTORY_ROOT, a parent folder, or XDG]' -r -F
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from logs" -l state -d 'State folder, where it does not lie in the root' -r -F
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from logs" -s p -l project -d 'Project: its name, or the path of its TOML [default: the one whose repository you stand in, or the only one]' -r
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from logs" -l set -d 'Set a configuration key for this call' -r
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from logs" -l checks -d 'What the project\'s own checks printed about its head'
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from logs" -s f -l follow -d 'Go on until the run has ended'
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from logs" -l json -d 'Print JSON'
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from logs" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from events" -l root -d 'Folder that holds projects/ and state/ [default: $FACTORY_ROOT, a parent folder, or XDG]' -r -F
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from events" -l state -d 'State folder, where it does not lie in the root' -r -F
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from events" -s p -l project -d 'Project: its name, or the path of its TOML [default: the one whose repository you stand in, or the only one]' -r
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from events" -l set -d 'Set a configuration key for this call' -r
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from events" -s f -l follow -d 'Go on, with what happens from now on'
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from events" -l json -d 'Print JSON'
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from events" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from cost" -l root -d 'Folder that holds projects/ and state/ [default: $FACTORY_ROOT, a parent folder, or XDG]' -r -F
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from cost" -l state -d 'State folder, where it does not lie in the root' -r -F
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from cost" -s p -l project -d 'Project: its name, or the path of its TOML [default: the one whose repository you stand in, or the only one]' -r
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from cost" -l set -d 'Set a configuration key for this call' -r
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from cost" -l json -d 'Print JSON'
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from cost" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from graph" -l root -d 'Folder that holds projects/ and state/ [default: $FACTORY_ROOT, a parent folder, or XDG]' -r -F
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from graph" -l state -d 'State folder, where it does not lie in the root' -r -F
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from graph" -s p -l project -d 'Project: its name, or the path of its TOML [default: the one whose repository you stand in, or the only one]' -r
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from graph" -l set -d 'Set a configuration key for this call' -r
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from graph" -l dot -d 'In the language of Graphviz'
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from graph" -l json -d 'Print JSON'
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from graph" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from report" -l days -d 'How many days it looks back' -r
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from report" -s o -l out -d 'The file to write, replaced in one go; - for stdout [default: stdout]' -r -F
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from report" -l root -d 'Folder that holds projects/ and state/ [default: $FACTORY_ROOT, a parent folder, or XDG]' -r -F
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from report" -l state -d 'State folder, where it does not lie in the root' -r -F
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from report" -s p -l project -d 'Project: its name, or the path of its TOML [default: the one whose repository you stand in, or the only one]' -r
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from report" -l set -d 'Set a configuration key for this call' -r
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from report" -l json -d 'Print JSON'
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from report" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from search" -l root -d 'Folder that holds projects/ and state/ [default: $FACTORY_ROOT, a parent folder, or XDG]' -r -F
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from search" -l state -d 'State folder, where it does not lie in the root' -r -F
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from search" -s p -l project -d 'Project: its name, or the path of its TOML [default: the one whose repository you stand in, or the only one]' -r
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from search" -l set -d 'Set a configuration key for this call' -r
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from search" -l json -d 'Print JSON'
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from search" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from help" -f -a "ps" -d 'Runs: what, phase, since when, whose move, what is worth a look (the default)'
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from help" -f -a "show" -d 'One run and its history'
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from help" -f -a "why" -d 'Why something happens or not: an issue, a pull, or everything'
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from help" -f -a "queue" -d 'What would start next, and why the rest would not'
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from help" -f -a "logs" -d 'The session\'s screen, or what was kept of the last one'
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from help" -f -a "events" -d 'What happened, oldest first'
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from help" -f -a "cost" -d 'What was used, by issue'
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from help" -f -a "graph" -d 'What waits for what'
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from help" -f -a "report" -d 'All of this as one page for a browser: now, queue, timeline, outcomes, cost, and each run'
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from help" -f -a "search" -d 'Find words in the titles, events, messages, notes, screens and checks of all runs'
complete -c drover -n "__fish_drover_using_subcommand status; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c drover -n "__fish_drover_using_subcommand forge; and not __fish_seen_subcommand_from issue pull help" -l as -d 'Who acts, on the local forge [default: your git name]' -r
complete -c drover -n "__fish_drover_using_subcommand forge; and not __fish_seen_subcommand_from issue pull help" -l root -d 'Folder that holds projects/ and state/ [default: $FACTORY_ROOT, a parent folder, or XDG]' -r -F
complete -c drover -n "__fish_drover_using_subcommand forge; and not __fish_seen_subcommand_from issue pull help" -l state -d 'State folder, where it does not lie in the root' -r -F
complete -c drover -n "__fish_drover_using_subcommand forge; and not __fish_seen_subcommand_from issue pull help" -s p -l project -d 'Project: its name, or the path of its TOML [default: the one whose repository you stand in, or the only one]' -r
complete -c drover -n "__fish_drover_using_subcommand forge; and not __fish_seen_subcommand_from issue pull help" -l set -d 'Set a configuration key for this call' -r
complete -c drover -n "__fish_drover_using_subcommand forge; and not __fish_seen_subcommand_from issue pull help" -l json -d 'Print JSON'
complete -c drover -n "__fish_drover_using_subcommand forge; and not __fish_seen_subcommand_from issue pull help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drover -n "__fish_drover_using_subcommand forge; and not __fish_seen_subcommand_from issue pull help" -s V -l version -d 'Print version'
complete -c drover -n "__fish_drover_using_subcommand forge; and not __fish_seen_subcommand_from issue pull help" -f -a "issue" -d 'Issues'
complete -c drover -n "__fish_drover_using_subcommand forge; and not __fish_seen_subcommand_from issue pull help" -f -a "pull" -d 'Pull requests'
complete -c drover -n "__fish_drover_using_subcommand forge; and not __fish_seen_subcommand_from issue pull help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c drover -n "__fish_drover_using_subcommand forge; and __fish_seen_subcommand_from issue" -l as -d 'Who acts, on the local forge [default: your git name]' -r
complete -c drover -n "__fish_drover_using_subcommand forge; and __fish_seen_subcommand_from issue" -l root -d 'Folder that holds projects/ and state/ [default: $FACTORY_ROOT, a parent folder, or XDG]' -r -F
complete -c drover -n "__fish_drover_using_subcommand forge; and __fish_seen_subcommand_from issue" -l state -d 'State folder, where it does not lie in the root' -r -F
complete -c drover -n "__fish_drover_using_subcommand forge; and __fish_seen_subcommand_from issue" -s p -l project -d 'Project: its name, or the path of its TOML [default: the one whose repository you stand in, or the only one]' -r
complete -c drover -n "__fish_drover_using_subcommand forge; and __fish_seen_subcommand_from issue" -l set -d 'Set a configuration key for this call' -r
complete -c drover -n "__fish_drover_using_subcommand forge; and __fish_seen_subcommand_from issue" -l json -d 'Print JSON'
complete -c drover -n "__fish_drover_using_subcommand forge; and __fish_seen_subcommand_from issue" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drover -n "__fish_drover_using_subcommand forge; and __fish_seen_subcommand_from issue" -f -a "new" -d 'File an issue; prints its number'
complete -c drover -n "__fish_drover_using_subcommand forge; and __fish_seen_subcommand_from issue" -f -a "list" -d 'List open issues'
complete -c drover -n "__fish_drover_using_subcommand forge; and __fish_seen_subcommand_from issue" -f -a "show" -d 'Show an issue with its comments'
complete -c drover -n "__fish_drover_using_subcommand forge; and __fish_seen_subcommand_from issue" -f -a "edit" -d 'Change its text'
complete -c drover -n "__fish_drover_using_subcommand forge; and __fish_seen_subcommand_from issue" -f -a "comment" -d 'Comment on it'
complete -c drover -n "__fish_drover_using_subcommand forge; and __fish_seen_subcommand_from issue" -f -a "label" -d 'Add labels, and take off those that begin with a minus: label 7 backlog -- -blocked'
complete -c drover -n "__fish_drover_using_subcommand forge; and __fish_seen_subcommand_from issue" -f -a "depend" -d 'Say which issues must be closed first; none: take that back'
complete -c drover -n "__fish_drover_using_subcommand forge; and __fish_seen_subcommand_from issue" -f -a "close" -d 'Close it'
complete -c drover -n "__fish_drover_using_subcommand forge; and __fish_seen_subcommand_from issue" -f -a "reopen" -d 'Open it again'
complete -c drover -n "__fish_drover_using_subcommand forge; and __fish_seen_subcommand_from issue" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c drover -n "__fish_drover_using_subcommand forge; and __fish_seen_subcommand_from pull" -l as -d 'Who acts, on the local forge [default: your git name]' -r
complete -c drover -n "__fish_drover_using_subcommand forge; and __fish_seen_subcommand_from pull" -l root -d 'Folder that holds projects/ and state/ [default: $FACTORY_ROOT, a parent folder, or XDG]' -r -F
complete -c drover -n "__fish_drover_using_subcommand forge; and __fish_seen_subcommand_from pull" -l state -d 'State folder, where it does not lie in the root' -r -F
complete -c drover -n "__fish_drover_using_subcommand forge; and __fish_seen_subcommand_from pull" -s p -l project -d 'Project: its name, or the path of its TOML [default: the one whose repository you stand in, or the only one]' -r
complete -c drover -n "__fish_drover_using_subcommand forge; and __fish_seen_subcommand_from pull" -l set -d 'Set a configuration key for this call' -r
complete -c drover -n "__fish_drover_using_subcommand forge; and __fish_seen_subcommand_from pull" -l json -d 'Print JSON'
complete -c drover -n "__fish_drover_using_subcommand forge; and __fish_seen_subcommand_from pull" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drover -n "__fish_drover_using_subcommand forge; and __fish_seen_subcommand_from pull" -f -a "new" -d 'Open a pull for a branch of your repository; prints its number'
complete -c drover -n "__fish_drover_using_subcommand forge; and __fish_seen_subcommand_from pull" -f -a "list" -d 'List open pulls'
complete -c drover -n "__fish_drover_using_subcommand forge; and __fish_seen_subcommand_from pull" -f -a "show" -d 'Show a pull with its reviews'
complete -c drover -n "__fish_drover_using_subcommand forge; and __fish_seen_subcommand_from pull" -f -a "diff" -d 'Print what it changes'
complete -c drover -n "__fish_drover_using_subcommand forge; and __fish_seen_subcommand_from pull" -f -a "approve" -d 'Approve its head as it is now'
complete -c drover -n "__fish_drover_using_subcommand forge; and __fish_seen_subcommand_from pull" -f -a "reject" -d 'Request changes'
complete -c drover -n "__fish_drover_using_subcommand forge; and __fish_seen_subcommand_from pull" -f -a "comment" -d 'Comment on it'
complete -c drover -n "__fish_drover_using_subcommand forge; and __fish_seen_subcommand_from pull" -f -a "dismiss" -d 'Withdraw a review'
complete -c drover -n "__fish_drover_using_subcommand forge; and __fish_seen_subcommand_from pull" -f -a "close" -d 'Close it without a merge'
complete -c drover -n "__fish_drover_using_subcommand forge; and __fish_seen_subcommand_from pull" -f -a "reopen" -d 'Open it again'
complete -c drover -n "__fish_drover_using_subcommand forge; and __fish_seen_subcommand_from pull" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c drover -n "__fish_drover_using_subcommand forge; and __fish_seen_subcommand_from help" -f -a "issue" -d 'Issues'
complete -c drover -n "__fish_drover_using_subcommand forge; and __fish_seen_subcommand_from help" -f -a "pull" -d 'Pull requests'
complete -c drover -n "__fish_drover_using_subcommand forge; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c drover -n "__fish_drover_using_subcommand resume" -l root -d 'Folder that holds projects/ and state/ [default: $FACTORY_ROOT, a parent folder, or XDG]' -r -F
complete -c drover -n "__fish_drover_using_subcommand resume" -l state -d 'State folder, where it does not lie in the root' -r -F
complete -c drover -n "__fish_drover_using_subcommand resume" -s p -l project -d 'Project: its name, or the path of its TOML [default: the one whose repository you stand in, or the only one]' -r
complete -c drover -n "__fish_drover_using_subcommand resume" -l set -d 'Set a configuration key for this call' -r
complete -c drover -n "__fish_drover_using_subcommand resume" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drover -n "__fish_drover_using_subcommand retry" -l root -d 'Folder that holds projects/ and state/ [default: $FACTORY_ROOT, a parent folder, or XDG]' -r -F
complete -c drover -n "__fish_drover_using_subcommand retry" -l state -d 'State folder, where it does not lie in the root' -r -F
complete -c drover -n "__fish_drover_using_subcommand retry" -s p -l project -d 'Project: its name, or the path of its TOML [default: the one whose repository you stand in, or the only one]' -r
complete -c drover -n "__fish_drover_using_subcommand retry" -l set -d 'Set a configuration key for this call' -r
complete -c drover -n "__fish_drover_using_subcommand retry" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drover -n "__fish_drover_using_subcommand say" -l as -d 'Who says it [default: your git name]' -r
complete -c drover -n "__fish_drover_using_subcommand say" -l root -d 'Folder that holds projects/ and state/ [default: $FACTORY_ROOT, a parent folder, or XDG]' -r -F
complete -c drover -n "__fish_drover_using_subcommand say" -l state -d 'State folder, where it does not lie in the root' -r -F
complete -c drover -n "__fish_drover_using_subcommand say" -s p -l project -d 'Project: its name, or the path of its TOML [default: the one whose repository you stand in, or the only one]' -r
complete -c drover -n "__fish_drover_using_subcommand say" -l set -d 'Set a configuration key for this call' -r
complete -c drover -n "__fish_drover_using_subcommand say" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drover -n "__fish_drover_using_subcommand attach" -l root -d 'Folder that holds projects/ and state/ [default: $FACTORY_ROOT, a parent folder, or XDG]' -r -F
complete -c drover -n "__fish_drover_using_subcommand attach" -l state -d 'State folder, where it does not lie in the root' -r -F
complete -c drover -n "__fish_drover_using_subcommand attach" -s p -l project -d 'Project: its name, or the path of its TOML [default: the one whose repository you stand in, or the only one]' -r
complete -c drover -n "__fish_drover_using_subcommand attach" -l set -d 'Set a configuration key for this call' -r
complete -c drover -n "__fish_drover_using_subcommand attach" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drover -n "__fish_drover_using_subcommand stop" -l root -d 'Folder that holds projects/ and state/ [default: $FACTORY_ROOT, a parent folder, or XDG]' -r -F
complete -c drover -n "__fish_drover_using_subcommand stop" -l state -d 'State folder, where it does not lie in the root' -r -F
complete -c drover -n "__fish_drover_using_subcommand stop" -s p -l project -d 'Project: its name, or the path of its TOML [default: the one whose repository you stand in, or the only one]' -r
complete -c drover -n "__fish_drover_using_subcommand stop" -l set -d 'Set a configuration key for this call' -r
complete -c drover -n "__fish_drover_using_subcommand stop" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drover -n "__fish_drover_using_subcommand ps" -l root -d 'Folder that holds projects/ and state/ [default: $FACTORY_ROOT, a parent folder, or XDG]' -r -F
complete -c drover -n "__fish_drover_using_subcommand ps" -l state -d 'State folder, where it does not lie in the root' -r -F
complete -c drover -n "__fish_drover_using_subcommand ps" -s p -l project -d 'Project: its name, or the path of its TOML [default: the one whose repository you stand in, or the only one]' -r
complete -c drover -n "__fish_drover_using_subcommand ps" -l set -d 'Set a configuration key for this call' -r
complete -c drover -n "__fish_drover_using_subcommand ps" -s a -l all -d 'Those that have ended too'
complete -c drover -n "__fish_drover_using_subcommand ps" -s e -l everywhere -d 'Those of all projects'
complete -c drover -n "__fish_drover_using_subcommand ps" -s w -l watch -d 'Stay, and draw anew when something changes'
complete -c drover -n "__fish_drover_using_subcommand ps" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drover -n "__fish_drover_using_subcommand show" -l root -d 'Folder that holds projects/ and state/ [default: $FACTORY_ROOT, a parent folder, or XDG]' -r -F
complete -c drover -n "__fish_drover_using_subcommand show" -l state -d 'State folder, where it does not lie in the root' -r -F
complete -c drover -n "__fish_drover_using_subcommand show" -s p -l project -d 'Project: its name, or the path of its TOML [default: the one whose repository you stand in, or the only one]' -r
complete -c drover -n "__fish_drover_using_subcommand show" -l set -d 'Set a configuration key for this call' -r
complete -c drover -n "__fish_drover_using_subcommand show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drover -n "__fish_drover_using_subcommand why" -l root -d 'Folder that holds projects/ and state/ [default: $FACTORY_ROOT, a parent folder, or XDG]' -r -F
complete -c drover -n "__fish_drover_using_subcommand why" -l state -d 'State folder, where it does not lie in the root' -r -F
complete -c drover -n "__fish_drover_using_subcommand why" -s p -l project -d 'Project: its name, or the path of its TOML [default: the one whose repository you stand in, or the only one]' -r
complete -c drover -n "__fish_drover_using_subcommand why" -l set -d 'Set a configuration key for this call' -r
complete -c drover -n "__fish_drover_using_subcommand why" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drover -n "__fish_drover_using_subcommand queue" -l root -d 'Folder that holds projects/ and state/ [default: $FACTORY_ROOT, a parent folder, or XDG]' -r -F
complete -c drover -n "__fish_drover_using_subcommand queue" -l state -d 'State folder, where it does not lie in the root' -r -F
complete -c drover -n "__fish_drover_using_subcommand queue" -s p -l project -d 'Project: its name, or the path of its TOML [default: the one whose repository you stand in, or the only one]' -r
complete -c drover -n "__fish_drover_using_subcommand queue" -l set -d 'Set a configuration key for this call' -r
complete -c drover -n "__fish_drover_using_subcommand queue" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drover -n "__fish_drover_using_subcommand logs" -s n -l lines -d 'How many lines' -r
complete -c drover -n "__fish_drover_using_subcommand logs" -l attempt -d 'What was kept of an earlier attempt' -r
complete -c drover -n "__fish_drover_using_subcommand logs" -l root -d 'Folder that holds projects/ and state/ [default: $FACTORY_ROOT, a parent folder, or XDG]' -r -F
complete -c drover -n "__fish_drover_using_subcommand logs" -l state -d 'State folder, where it does not lie in the root' -r -F
complete -c drover -n "__fish_drover_using_subcommand logs" -s p -l project -d 'Project: its name, or the path of its TOML [default: the one whose repository you stand in, or the only one]' -r
complete -c drover -n "__fish_drover_using_subcommand logs" -l set -d 'Set a configuration key for this call' -r
complete -c drover -n "__fish_drover_using_subcommand logs" -l checks -d 'What the project\'s own checks printed about its head'
complete -c drover -n "__fish_drover_using_subcommand logs" -s f -l follow -d 'Go on until the run has ended'
complete -c drover -n "__fish_drover_using_subcommand logs" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drover -n "__fish_drover_using_subcommand events" -l root -d 'Folder that holds projects/ and state/ [default: $FACTORY_ROOT, a parent folder, or XDG]' -r -F
complete -c drover -n "__fish_drover_using_subcommand events" -l state -d 'State folder, where it does not lie in the root' -r -F
complete -c drover -n "__fish_drover_using_subcommand events" -s p -l project -d 'Project: its name, or the path of its TOML [default: the one whose repository you stand in, or the only one]' -r
complete -c drover -n "__fish_drover_using_subcommand events" -l set -d 'Set a configuration key for this call' -r
complete -c drover -n "__fish_drover_using_subcommand events" -s f -l follow -d 'Go on, with what happens from now on'
complete -c drover -n "__fish_drover_using_subcommand events" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drover -n "__fish_drover_using_subcommand cost" -l root -d 'Folder that holds projects/ and state/ [default: $FACTORY_ROOT, a parent folder, or XDG]' -r -F
complete -c drover -n "__fish_drover_using_subcommand cost" -l state -d 'State folder, where it does not lie in the root' -r -F
complete -c drover -n "__fish_drover_using_subcommand cost" -s p -l project -d 'Project: its name, or the path of its TOML [default: the one whose repository you stand in, or the only one]' -r
complete -c drover -n "__fish_drover_using_subcommand cost" -l set -d 'Set a configuration key for this call' -r
complete -c drover -n "__fish_drover_using_subcommand cost" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drover -n "__fish_drover_using_subcommand graph" -l root -d 'Folder that holds projects/ and state/ [default: $FACTORY_ROOT, a parent folder, or XDG]' -r -F
complete -c drover -n "__fish_drover_using_subcommand graph" -l state -d 'State folder, where it does not lie in the root' -r -F
complete -c drover -n "__fish_drover_using_subcommand graph" -s p -l project -d 'Project: its name, or the path of its TOML [default: the one whose repository you stand in, or the only one]' -r
complete -c drover -n "__fish_drover_using_subcommand graph" -l set -d 'Set a configuration key for this call' -r
complete -c drover -n "__fish_drover_using_subcommand graph" -l dot -d 'In the language of Graphviz'
complete -c drover -n "__fish_drover_using_subcommand graph" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drover -n "__fish_drover_using_subcommand search" -l root -d 'Folder that holds projects/ and state/ [default: $FACTORY_ROOT, a parent folder, or XDG]' -r -F
complete -c drover -n "__fish_drover_using_subcommand search" -l state -d 'State folder, where it does not lie in the root' -r -F
complete -c drover -n "__fish_drover_using_subcommand search" -s p -l project -d 'Project: its name, or the path of its TOML [default: the one whose repository you stand in, or the only one]' -r
complete -c drover -n "__fish_drover_using_subcommand search" -l set -d 'Set a configuration key for this call' -r
complete -c drover -n "__fish_drover_using_subcommand search" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drover -n "__fish_drover_using_subcommand report" -l days -d 'How many days it looks back' -r
complete -c drover -n "__fish_drover_using_subcommand report" -s o -l out -d 'The file to write, replaced in one go; - for stdout [default: stdout]' -r -F
complete -c drover -n "__fish_drover_using_subcommand report" -l root -d 'Folder that holds projects/ and state/ [default: $FACTORY_ROOT, a parent folder, or XDG]' -r -F
complete -c drover -n "__fish_drover_using_subcommand report" -l state -d 'State folder, where it does not lie in the root' -r -F
complete -c drover -n "__fish_drover_using_subcommand report" -s p -l project -d 'Project: its name, or the path of its TOML [default: the one whose repository you stand in, or the only one]' -r
complete -c drover -n "__fish_drover_using_subcommand report" -l set -d 'Set a configuration key for this call' -r
complete -c drover -n "__fish_drover_using_subcommand report" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c drover -n "__fish_drover_using_subcommand help; and not __fish_seen_subcommand_from init demo doctor on off pause unpause backup gc run watch-heartbeat poll agent phase-handler verify merge mirror preflight phase notify status forge resume retry say attach stop ps show why queue logs events cost graph search report help" -f -a "init" -d 'Set a project up, from inside of your repository'
complete -c drover -n "__fish_drover_using_subcommand help; and not __fish_seen_subcommand_from init demo doctor on off pause unpause backup gc run watch-heartbeat poll agent phase-handler verify merge mirror preflight phase notify status forge resume retry say attach stop ps show why queue logs events cost graph search report help" -f -a "demo" -d 'Watch the main job run for real, in a throw-away folder'
complete -c drover -n "__fish_drover_using_subcommand help; and not __fish_seen_subcommand_from init demo doctor on off pause unpause backup gc run watch-heartbeat poll agent phase-handler verify merge mirror preflight phase notify status forge resume retry say attach stop ps show why queue logs events cost graph search report help" -f -a "doctor" -d 'Prove that it would work, by probes that change nothing: of all projects, or one'
complete -c drover -n "__fish_drover_using_subcommand help; and not __fish_seen_subcommand_from init demo doctor on off pause unpause backup gc run watch-heartbeat poll agent phase-handler verify merge mirror preflight phase notify status forge resume retry say attach stop ps show why queue logs events cost graph search report help" -f -a "on" -d 'Let poll start new work'
complete -c drover -n "__fish_drover_using_subcommand help; and not __fish_seen_subcommand_from init demo doctor on off pause unpause backup gc run watch-heartbeat poll agent phase-handler verify merge mirror preflight phase notify status forge resume retry say attach stop ps show why queue logs events cost graph search report help" -f -a "off" -d 'Keep poll from starting new work; runs at work go on'
complete -c drover -n "__fish_drover_using_subcommand help; and not __fish_seen_subcommand_from init demo doctor on off pause unpause backup gc run watch-heartbeat poll agent phase-handler verify merge mirror preflight phase notify status forge resume retry say attach stop ps show why queue logs events cost graph search report help" -f -a "pause" -d 'Keep poll from starting new work in one project'
complete -c drover -n "__fish_drover_using_subcommand help; and not __fish_seen_subcommand_from init demo doctor on off pause unpause backup gc run watch-heartbeat poll agent phase-handler verify merge mirror preflight phase notify status forge resume retry say attach stop ps show why queue logs events cost graph search report help" -f -a "unpause" -d 'Take that back'
complete -c drover -n "__fish_drover_using_subcommand help; and not __fish_seen_subcommand_from init demo doctor on off pause unpause backup gc run watch-heartbeat poll agent phase-handler verify merge mirror preflight phase notify status forge resume retry say attach stop ps show why queue logs events cost graph search report help" -f -a "backup" -d 'Write the projects and their state into one archive, while ticks run'
complete -c drover -n "__fish_drover_using_subcommand help; and not __fish_seen_subcommand_from init demo doctor on off pause unpause backup gc run watch-heartbeat poll agent phase-handler verify merge mirror preflight phase notify status forge resume retry say attach stop ps show why queue logs events cost graph search report help" -f -a "gc" -d 'Remove of runs that ended what nobody needs, and say what stays and why'
complete -c drover -n "__fish_drover_using_subcommand help; and not __fish_seen_subcommand_from init demo doctor on off pause unpause backup gc run watch-heartbeat poll agent phase-handler verify merge mirror preflight phase notify status forge resume retry say attach stop ps show why queue logs events cost graph search report help" -f -a "run" -d 'Work on one issue now, and watch: files it, starts it and waits for what becomes of it'
complete -c drover -n "__fish_drover_using_subcommand help; and not __fish_seen_subcommand_from init demo doctor on off pause unpause backup gc run watch-heartbeat poll agent phase-handler verify merge mirror preflight phase notify status forge resume retry say attach stop ps show why queue logs events cost graph search report help" -f -a "watch-heartbeat" -d 'Tell people once if ticks have stopped or hang: for a line of cron of its own'
complete -c drover -n "__fish_drover_using_subcommand help; and not __fish_seen_subcommand_from init demo doctor on off pause unpause backup gc run watch-heartbeat poll agent phase-handler verify merge mirror preflight phase notify status forge resume retry say attach stop ps show why queue logs events cost graph search report help" -f -a "poll" -d 'One cron tick: look once, decide, start what follows, exit'
complete -c drover -n "__fish_drover_using_subcommand help; and not __fish_seen_subcommand_from init demo doctor on off pause unpause backup gc run watch-heartbeat poll agent phase-handler verify merge mirror preflight phase notify status forge resume retry say attach stop ps show why queue logs events cost graph search report help" -f -a "agent" -d 'Start, resume, retry, stop, attach to or say something to one issue\'s session'
complete -c drover -n "__fish_drover_using_subcommand help; and not __fish_seen_subcommand_from init demo doctor on off pause unpause backup gc run watch-heartbeat poll agent phase-handler verify merge mirror preflight phase notify status forge resume retry say attach stop ps show why queue logs events cost graph search report help" -f -a "phase-handler" -d 'Move one run as far as it can go now, one phase and one write at a time; safe to call at any time by anyone'
complete -c drover -n "__fish_drover_using_subcommand help; and not __fish_seen_subcommand_from init demo doctor on off pause unpause backup gc run watch-heartbeat poll agent phase-handler verify merge mirror preflight phase notify status forge resume retry say attach stop ps show why queue logs events cost graph search report help" -f -a "verify" -d 'Run the project\'s own checks on one commit, in a checkout of its own; the result is a file'
complete -c drover -n "__fish_drover_using_subcommand help; and not __fish_seen_subcommand_from init demo doctor on off pause unpause backup gc run watch-heartbeat poll agent phase-handler verify merge mirror preflight phase notify status forge resume retry say attach stop ps show why queue logs events cost graph search report help" -f -a "merge" -d 'Land one approved, green pull, or say why not'
complete -c drover -n "__fish_drover_using_subcommand help; and not __fish_seen_subcommand_from init demo doctor on off pause unpause backup gc run watch-heartbeat poll agent phase-handler verify merge mirror preflight phase notify status forge resume retry say attach stop ps show why queue logs events cost graph search report help" -f -a "mirror" -d 'Push the primary branch and tags to the mirrors, forward only'
complete -c drover -n "__fish_drover_using_subcommand help; and not __fish_seen_subcommand_from init demo doctor on off pause unpause backup gc run watch-heartbeat poll agent phase-handler verify merge mirror preflight phase notify status forge resume retry say attach stop ps show why queue logs events cost graph search report help" -f -a "preflight" -d 'Check an environment, an issue, or what a run or a pull would publish'
complete -c drover -n "__fish_drover_using_subcommand help; and not __fish_seen_subcommand_from init demo doctor on off pause unpause backup gc run watch-heartbeat poll agent phase-handler verify merge mirror preflight phase notify status forge resume retry say attach stop ps show why queue logs events cost graph search report help" -f -a "phase" -d 'Inside a session: say where you stand, ask a person something, or print where you stand'
complete -c drover -n "__fish_drover_using_subcommand help; and not __fish_seen_subcommand_from init demo doctor on off pause unpause backup gc run watch-heartbeat poll agent phase-handler verify merge mirror preflight phase notify status forge resume retry say attach stop ps show why queue logs events cost graph search report help" -f -a "notify" -d 'Tell the people of a project something, and take in what they say'
complete -c drover -n "__fish_drover_using_subcommand help; and not __fish_seen_subcommand_from init demo doctor on off pause unpause backup gc run watch-heartbeat poll agent phase-handler verify merge mirror preflight phase notify status forge resume retry say attach stop ps show why queue logs events cost graph search report help" -f -a "status" -d 'Read-only views: what is going on, and why something is not'
complete -c drover -n "__fish_drover_using_subcommand help; and not __fish_seen_subcommand_from init demo doctor on off pause unpause backup gc run watch-heartbeat poll agent phase-handler verify merge mirror preflight phase notify status forge resume retry say attach stop ps show why queue logs events cost graph search report help" -f -a "forge" -d 'Issues and pulls from the shell'
complete -c drover -n "__fish_drover_using_subcommand help; and not __fish_seen_subcommand_from init demo doctor on off pause unpause backup gc run watch-heartbeat poll agent phase-handler verify merge mirror preflight phase notify status forge resume retry say attach stop ps show why queue logs events cost graph search report help" -f -a "resume" -d 'Let a stopped or escalated run go on where it stood'
complete -c drover -n "__fish_drover_using_subcommand help; and not __fish_seen_subcommand_from init demo doctor on off pause unpause backup gc run watch-heartbeat poll agent phase-handler verify merge mirror preflight phase notify status forge resume retry say attach stop ps show why queue logs events cost graph search report help" -f -a "retry" -d 'Take up a run again that has ended, as its next attempt'
complete -c drover -n "__fish_drover_using_subcommand help; and not __fish_seen_subcommand_from init demo doctor on off pause unpause backup gc run watch-heartbeat poll agent phase-handler verify merge mirror preflight phase notify status forge resume retry say attach stop ps show why queue logs events cost graph search report help" -f -a "say" -d 'Say something to the session; an escalated run goes back to work with it'
complete -c drover -n "__fish_drover_using_subcommand help; and not __fish_seen_subcommand_from init demo doctor on off pause unpause backup gc run watch-heartbeat poll agent phase-handler verify merge mirror preflight phase notify status forge resume retry say attach stop ps show why queue logs events cost graph search report help" -f -a "attach" -d 'Attach this terminal to the session (detach: Ctrl-b d)'
complete -c drover -n "__fish_drover_using_subcommand help; and not __fish_seen_subcommand_from init demo doctor on off pause unpause backup gc run watch-heartbeat poll agent phase-handler verify merge mirror preflight phase notify status forge resume retry say attach stop ps show why queue logs events cost graph search report help" -f -a "stop" -d 'Stop the session and everything it started; the run waits for you'
complete -c drover -n "__fish_drover_using_subcommand help; and not __fish_seen_subcommand_from init demo doctor on off pause unpause backup gc run watch-heartbeat poll agent phase-handler verify merge mirror preflight phase notify status forge resume retry say attach stop ps show why queue logs events cost graph search report help" -f -a "ps" -d 'Runs: what, phase, since when, whose move, what is worth a look (the default)'
complete -c drover -n "__fish_drover_using_subcommand help; and not __fish_seen_subcommand_from init demo doctor on off pause unpause backup gc run watch-heartbeat poll agent phase-handler verify merge mirror preflight phase notify status forge resume retry say attach stop ps show why queue logs events cost graph search report help" -f -a "show" -d 'One run and its history'
complete -c drover -n "__fish_drover_using_subcommand help; and not __fish_seen_subcommand_from init demo doctor on off pause unpause backup gc run watch-heartbeat poll agent phase-handler verify merge mirror preflight phase notify status forge resume retry say attach stop ps show why queue logs events cost graph search report help" -f -a "why" -d 'Why something happens or not: an issue, a pull, or everything'
complete -c drover -n "__fish_drover_using_subcommand help; and not __fish_seen_subcommand_from init demo doctor on off pause unpause backup gc run watch-heartbeat poll agent phase-handler verify merge mirror preflight phase notify status forge resume retry say attach stop ps show why queue logs events cost graph search report help" -f -a "queue" -d 'What would start next, and why the rest would not'
complete -c drover -n "__fish_drover_using_subcommand help; and not __fish_seen_subcommand_from init demo doctor on off pause unpause backup gc run watch-heartbeat poll agent phase-handler verify merge mirror preflight phase notify status forge resume retry say attach stop ps show why queue logs events cost graph search report help" -f -a "logs" -d 'The session\'s screen, or what was kept of the last one'
complete -c drover -n "__fish_drover_using_subcommand help; and not __fish_seen_subcommand_from init demo doctor on off pause unpause backup gc run watch-heartbeat poll agent phase-handler verify merge mirror preflight phase notify status forge resume retry say attach stop ps show why queue logs events cost graph search report help" -f -a "events" -d 'What happened, oldest first'
complete -c drover -n "__fish_drover_using_subcommand help; and not __fish_seen_subcommand_from init demo doctor on off pause unpause backup gc run watch-heartbeat poll agent phase-handler verify merge mirror preflight phase notify status forge resume retry say attach stop ps show why queue logs events cost graph search report help" -f -a "cost" -d 'What was used, by issue'
complete -c drover -n "__fish_drover_using_subcommand help; and not __fish_seen_subcommand_from init demo doctor on off pause unpause backup gc run watch-heartbeat poll agent phase-handler verify merge mirror preflight phase notify status forge resume retry say attach stop ps show why queue logs events cost graph search report help" -f -a "graph" -d 'What waits for what'
complete -c drover -n "__fish_drover_using_subcommand help; and not __fish_seen_subcommand_from init demo doctor on off pause unpause backup gc run watch-heartbeat poll agent phase-handler verify merge mirror preflight phase notify status forge resume retry say attach stop ps show why queue logs events cost graph search report help" -f -a "search" -d 'Find words in the titles, events, messages, notes, screens and checks of all runs'
complete -c drover -n "__fish_drover_using_subcommand help; and not __fish_seen_subcommand_from init demo doctor on off pause unpause backup gc run watch-heartbeat poll agent phase-handler verify merge mirror preflight phase notify status forge resume retry say attach stop ps show why queue logs events cost graph search report help" -f -a "report" -d 'All of this as one page for a browser: now, queue, timeline, outcomes, cost, and each run'
complete -c drover -n "__fish_drover_using_subcommand help; and not __fish_seen_subcommand_from init demo doctor on off pause unpause backup gc run watch-heartbeat poll agent phase-handler verify merge mirror preflight phase notify status forge resume retry say attach stop ps show why queue logs events cost graph search report help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c drover -n "__fish_drover_using_subcommand help; and __fish_seen_subcommand_from agent" -f -a "start" -d 'Start work on an issue'
complete -c drover -n "__fish_drover_using_subcommand help; and __fish_seen_subcommand_from agent" -f -a "resume" -d 'Let a stopped or escalated run go on where it stood'
complete -c drover -n "__fish_drover_using_subcommand help; and __fish_seen_subcommand_from agent" -f -a "retry" -d 'Take up a run again that has ended, as its next attempt'
complete -c drover -n "__fish_drover_using_subcommand help; and __fish_seen_subcommand_from agent" -f -a "say" -d 'Say something to the session; an escalated run goes back to work with it'
complete -c drover -n "__fish_drover_using_subcommand help; and __fish_seen_subcommand_from agent" -f -a "attach" -d 'Attach this terminal to the session (detach: Ctrl-b d)'
complete -c drover -n "__fish_drover_using_subcommand help; and __fish_seen_subcommand_from agent" -f -a "stop" -d 'Stop the session and everything it started; the run waits for you'
complete -c drover -n "__fish_drover_using_subcommand help; and __fish_seen_subcommand_from agent" -f -a "host" -d 'The first process of a session (started by agent start)'
complete -c drover -n "__fish_drover_using_subcommand help; and __fish_seen_subcommand_from preflight" -f -a "env" -d 'Whether it would work here: the machine, the forge, the agent, people'
complete -c drover -n "__fish_drover_using_subcommand help; and __fish_seen_subcommand_from preflight" -f -a "issue" -d 'Whether an issue would be started now'
complete -c drover -n "__fish_drover_using_subcommand help; and __fish_seen_subcommand_from preflight" -f -a "run" -d 'What the gates hold against publishing a run\'s commits'
complete -c drover -n "__fish_drover_using_subcommand help; and __fish_seen_subcommand_from preflight" -f -a "pull" -d 'What the gates hold against a pull, and whether it may land'
complete -c drover -n "__fish_drover_using_subcommand help; and __fish_seen_subcommand_from notify" -f -a "send" -d 'Tell the people of a project something, in all of its channels'
complete -c drover -n "__fish_drover_using_subcommand help; and __fish_seen_subcommand_from notify" -f -a "listen" -d 'Pass answers on to the runs that they are for'
complete -c drover -n "__fish_drover_using_subcommand help; and __fish_seen_subcommand_from status" -f -a "ps" -d 'Runs: what, phase, since when, whose move, what is worth a look (the default)'
complete -c drover -n "__fish_drover_using_subcommand help; and __fish_seen_subcommand_from status" -f -a "show" -d 'One run and its history'
complete -c drover -n "__fish_drover_using_subcommand help; and __fish_seen_subcommand_from status" -f -a "why" -d 'Why something happens or not: an issue, a pull, or everything'
complete -c drover -n "__fish_drover_using_subcommand help; and __fish_seen_subcommand_from status" -f -a "queue" -d 'What would start next, and why the rest would not'
complete -c drover -n "__fish_drover_using_subcommand help; and __fish_seen_subcommand_from status" -f -a "logs" -d 'The session\'s screen, or what was kept of the last one'
complete -c drover -n "__fish_drover_using_subcommand help; and __fish_seen_subcommand_from status" -f -a "events" -d 'What happened, oldest first'
complete -c drover -n "__fish_drover_using_subcommand help; and __fish_seen_subcommand_from status" -f -a "cost" -d 'What was used, by issue'
complete -c drover -n "__fish_drover_using_subcommand help; and __fish_seen_subcommand_from status" -f -a "graph" -d 'What waits for what'
complete -c drover -n "__fish_drover_using_subcommand help; and __fish_seen_subcommand_from status" -f -a "report" -d 'All of this as one page for a browser: now, queue, timeline, outcomes, cost, and each run'
complete -c drover -n "__fish_drover_using_subcommand help; and __fish_seen_subcommand_from status" -f -a "search" -d 'Find words in the titles, events, messages, notes, screens and checks of all runs'
complete -c drover -n "__fish_drover_using_subcommand help; and __fish_seen_subcommand_from forge" -f -a "issue" -d 'Issues'
complete -c drover -n "__fish_drover_using_subcommand help; and __fish_seen_subcommand_from forge" -f -a "pull" -d 'Pull requests'
