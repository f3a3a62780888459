"""The commands with a certified provider: each case continues where the previous one ended."""

import json
import os
import shutil
import subprocess

from counterparts import Failed, Product, Terminal, accept_elsewhere, until

NAME = "Certified provider"
DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
SECONDS_OF_A_LONG_TOKEN = 600
AT_ONCE = 20
PLAYBOOK = """
- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.uri:
        url: "{{ url }}"
        return_content: true
        headers:
          Authorization: "Bearer {{ lookup('ansible.builtin.pipe', 'credenza --no-input token ' ~ (credential | quote)) }}"
      register: answer
      no_log: true
    - ansible.builtin.debug:
        msg: "{{ answer.content }}"
"""


def expect(condition, what):
    if not condition:
        raise Failed(what)


def product(stage, binary=None):
    return Product(binary or stage.binary, stage.folder / "vault", stage.passphrase_file, stage.environment)


def token(stage, *options):
    """Returns an access token; the command must print nothing else."""
    output = product(stage).run("token", NAME, *options)
    expect(output.endswith("\n") and output.count("\n") == 1, "token prints one line")
    stage.spoken.append(output.strip())
    return output.strip()


def expired(stage, access_token):
    until("the access token to expire", lambda: not stage.provider.accepts(access_token), 30)


def a_vault_is_made_by_init(stage):
    # Debug builds honor a variable that makes tests faster, but this is a release build.
    released = product(stage)
    released.environment = {**released.environment, "CREDENZA_TEST_WORK_FACTOR": "1"}
    released.run("init")
    scrypt = (stage.folder / "vault" / "data" / "identity.age").read_bytes().split(b"\n")[1]
    expect(scrypt.endswith(b" 18"), f"the passphrase is protected by the usual work factor: {scrypt}")
    data = stage.folder / "vault" / "data"
    for name in ("identity.age", "vault.age"):
        expect((data / name).stat().st_mode & 0o777 == 0o600, f"{name} is 0600")
    expect(data.stat().st_mode & 0o777 == 0o700, "the folder is 0700")


def add_opens_the_browser_and_ends_authenticated(stage):
    settings = [part for key, value in stage.settings().items() for part in ("--set", f"{key}={value}")]
    product(stage).run(
        "add", "--integration", "openid-connect", "--name", NAME, "--client-id", stage.client_id,
        "--client-secret-file", str(stage.client_secret_file), *settings, "--authenticate",
    )
    expect(stage.provider.grants("authorization_code") == 1, "one code was exchanged")
    log = until("the landing page", lambda: landed(stage), 30)
    expect("query cleared" in log, f"the landing page clears its address: {log}")


def landed(stage):
    log = stage.out / "browser.log"
    return log.read_text() if log.exists() and "landed" in log.read_text() else ""


def the_list_shows_it_as_json(stage):
    listed = json.loads(product(stage).run("list", "--json"))
    expect(NAME in json.dumps(listed), "the credential is listed")
    expect(stage.client_secret not in json.dumps(listed), "no secret stands in the list")


def the_token_works_before_and_after_expiry_and_the_chain_survives(stage):
    previous = token(stage, "--force")
    expect(stage.provider.accepts(previous), "userinfo accepts the token")
    for _ in range(4):
        expired(stage, previous)
        fresh = token(stage, "--min-ttl", "1s")
        expect(fresh != previous, "an expired token is not handed out")
        expect(stage.provider.accepts(fresh), "userinfo accepts the refreshed token")
        previous = fresh
    expect(not stage.provider.trouble(), f"no request was refused: {stage.provider.trouble()}")


def a_valid_token_is_handed_out_again_without_asking(stage):
    stage.provider.access_tokens_live(SECONDS_OF_A_LONG_TOKEN)
    first = token(stage, "--force")
    asked = stage.provider.grants("refresh_token")
    expect(token(stage) == first, "the stored token is printed")
    expect(stage.provider.grants("refresh_token") == asked, "the provider was not asked")


def cr_01_twenty_processes_share_one_refresh(stage):
    stage.provider.access_tokens_live(1)
    expired(stage, token(stage, "--force"))
    stage.provider.access_tokens_live(SECONDS_OF_A_LONG_TOKEN)
    asked = stage.provider.grants("refresh_token")
    processes = [product(stage).start("token", NAME) for _ in range(AT_ONCE)]
    ended = [(process.communicate(timeout=300), process.returncode) for process in processes]
    codes = [code for _, code in ended]
    expect(codes == [0] * AT_ONCE, f"all succeed: {codes} {[errors for (_, errors), code in ended if code]}")
    tokens = {output for (output, _), _ in ended}
    stage.spoken.extend(output.strip() for output in tokens)
    expect(len(tokens) == 1, f"all print the same token, not {len(tokens)}")
    expect(stage.provider.grants("refresh_token") == asked + 1, "one refresh")
    expect(stage.provider.accepts(token(stage, "--force")), "the grant is alive")
    expect(not stage.provider.trouble(), f"no request was refused: {stage.provider.trouble()}")


def a_debug_build_opens_what_a_release_build_wrote(stage):
    expect(NAME in product(stage, stage.debug_binary).run("list", patience=300), "the credential is listed")


def decrypted(stage, tool):
    """The payload as a stock tool prints it, with the passphrase typed at its prompt."""
    data = stage.folder / "vault" / "data"
    plain = stage.out / f"{tool}.json"
    terminal = Terminal(stage.out, 90, 20, stage.environment)
    try:
        # rage estimates how long scrypt may take, and on a busy machine refuses what age accepts.
        options = " --max-work-factor 18" if tool == "rage" else ""
        terminal.type(f"{tool} -d{options} -i {data}/identity.age {data}/vault.age > {plain}; echo \"ended $?\"")
        terminal.keys("Enter")
        until(f"{tool}'s prompt", lambda: "passphrase" in terminal.frame().lower().split("ended", 2)[-1])
        terminal.type(stage.passphrase)
        terminal.keys("Enter")
        terminal.wait("ended 0")
        return json.loads(plain.read_text())
    finally:
        terminal.close()
        plain.unlink(missing_ok=True)


def stock_age_and_rage_print_the_documented_json(stage):
    for tool in filter(shutil.which, ["age", "rage"]):
        payload = decrypted(stage, tool)
        expect(payload["format"] == 2, f"{tool}: format 2")
        expect([row["name"] for row in payload["records"] if row["kind"] == "credential"] == [NAME], f"{tool}: the credential by its name")


def rename_and_authenticate_again_keep_history_and_secret(stage):
    name = f"{NAME} (renamed)"
    product(stage).run("rename", NAME, name)
    product(stage).run("authenticate", name)
    expect(stage.provider.grants("authorization_code") == 2, "a second code was exchanged, nothing typed again")
    shown = product(stage).run("show", name, "--json")
    expect("renamed" in shown.lower() and stage.client_secret not in shown, "the history is kept, the secret concealed")
    product(stage).run("rename", name, NAME)
    expect(stage.provider.accepts(token(stage)), "userinfo accepts the new token")


def a_device_code_signs_in_from_another_browser(stage):
    process = product(stage).start("authenticate", NAME, "--method", "device")
    lines = []
    for line in process.stderr:
        lines.append(line)
        if "code inside" in line:
            break
    accept_elsewhere(lines[-1].split()[-1], stage.environment)
    output, errors = process.communicate(timeout=60)
    expect(process.returncode == 0, f"it ends authenticated: {errors or output or lines}")
    expect(stage.provider.grants(DEVICE_CODE) == 1, "one device code was exchanged")
    expect(stage.provider.accepts(token(stage)), "userinfo accepts its token")
    expect(stage.provider.accepts(token(stage, "--force")), "and the one after a refresh")


def the_scripts_of_the_readme_run_as_they_stand(stage):
    """curl with a header, a cron line, a CI job, an Ansible lookup: as a user would copy them."""
    person = product(stage)
    key_file = stage.folder / "ci.key"
    person.run("recipients", "add", "ci", "--key-file", str(key_file))
    name = json.loads(person.run("list", "--json"))[0]["name"]
    me = f"{stage.provider.issuer}/me"
    environment = {**stage.environment, "CREDENZA_DIR": str(person.home), "CREDENZA_IDENTITY_FILE": str(key_file),
                   "PATH": f"{stage.binary.parent}:{os.environ['PATH']}", "ANSIBLE_LOCAL_TEMP": str(stage.folder / "a")}

    def shell(line, program="bash"):
        ran = subprocess.run([program, "-c", line], capture_output=True, text=True, timeout=120, env=environment)
        expect(ran.returncode == 0, f"{line}: {ran.returncode}: {ran.stderr.strip()}")
        return ran.stdout

    expect("sub" in shell(f"curl -fsS --header @<(credenza token --header '{name}') {me}"), "curl is let in")
    out = stage.folder / "cron"
    shell(f"credenza --no-input token '{name}' > {out}", program="sh")
    expect(stage.provider.accepts(out.read_text().strip()), "the cron line gives a token that works")
    out.unlink()
    job = f"set -euo pipefail\ncredenza --no-input run '{name}' --env API_TOKEN -- sh -c " \
          f"'curl -fsS -H \"Authorization: Bearer $API_TOKEN\" {me}'"
    expect("sub" in shell(job), "the job is let in")
    playbook = stage.folder / "playbook.yml"
    playbook.write_text(PLAYBOOK)
    variables = json.dumps({"credential": name, "url": me})
    told = shell(f"ansible-playbook -i localhost, -c local -e '{variables}' {playbook}")
    expect('"sub' in told or "sub" in told.split("msg")[-1], f"Ansible is let in: {told}")


CASES = [
    a_vault_is_made_by_init,
    add_opens_the_browser_and_ends_authenticated,
    the_list_shows_it_as_json,
    the_token_works_before_and_after_expiry_and_the_chain_survives,
    a_valid_token_is_handed_out_again_without_asking,
    cr_01_twenty_processes_share_one_refresh,
    a_debug_build_opens_what_a_release_build_wrote,
    stock_age_and_rage_print_the_documented_json,
    rename_and_authenticate_again_keep_history_and_secret,
    a_device_code_signs_in_from_another_browser,
    the_scripts_of_the_readme_run_as_they_stand,
]
