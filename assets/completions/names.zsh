
# Names of credentials, as an unlocked agent has them; without one there are none. Never asks for anything.
_credenza_names() {
    local -a names
    names=("${(@f)$(credenza complete-names 2>/dev/null)}")
    names=(${names:#})
    compadd -a names
}
