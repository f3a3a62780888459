
# Names of credentials, as an unlocked agent has them; without one there are none. Never asks for anything.
complete -c credenza -n '__fish_seen_subcommand_from @COMMANDS@' -f -a '(credenza complete-names 2>/dev/null)'
