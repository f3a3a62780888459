
# Names of credentials, as an unlocked agent has them, or a file that `complete_names = true` in the settings allows. Never asks for anything.
_credenza_names() {
    local -a names
    names=("${(@f)$(credenza complete-names 2>/dev/null)}")
    names=(${names:#})
    compadd -a names
}
