
# Names of credentials, as an unlocked agent has them, or a file that `complete_names = true` in the settings allows. Never asks for anything.
_credenza_with_names() {
    _credenza "$@"
    local current="${COMP_WORDS[COMP_CWORD]}" word takes=
    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        case " @COMMANDS@ " in *" $word "*) takes=1 ;; esac
        # Only the command itself counts: `show` of `catalog show` takes no credential.
        case " @ALL@ " in *" $word "*) break ;; esac
    done
    [[ -n $takes && $current != -* ]] || return 0
    local plain="${current//\\/}" name
    plain="${plain#[\"\']}"
    while IFS= read -r name; do
        # Quoted: a name may hold spaces and whatever else a shell would obey.
        [[ $name == "$plain"* ]] && COMPREPLY+=("$(printf '%q' "$name")")
    done < <(credenza complete-names 2>/dev/null)
    return 0
}
complete -F _credenza_with_names -o bashdefault -o default credenza
