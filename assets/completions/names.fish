
# Names of credentials, as an unlocked agent has them, or a file that `complete_names = true` in the settings allows. Never asks for anything.
complete -c credenza -n '__fish_seen_subcommand_from @COMMANDS@' -f -a '(credenza complete-names 2>/dev/null)'
