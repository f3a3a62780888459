//! What a screen says that is opened for something which is no longer there.

use credenza::model::credential::CredentialId;
use credenza::model::integration::IntegrationId;
use credenza::tui::route::Route;
use credenza::tui::theme::Theme;

use super::Stage;

#[test]
fn a_screen_for_something_that_was_deleted_says_so_and_does_not_open() {
    let (credential, integration) = (CredentialId::random(), IntegrationId::random());
    let provider = || "gone".to_owned();
    for (route, words) in [
        (Route::RenameCredential(credential), "The credential is no longer there."),
        (Route::RenameIntegration(integration), "The integration is no longer there."),
        (Route::RemoveHost { name: "ci".to_owned() }, "There is no host named \"ci\"."),
        (Route::CatalogEntry { provider: provider() }, "The catalog has no integration \"gone\"."),
        (Route::NewCredential { provider: provider() }, "The catalog has no integration gone."),
        (Route::NewIntegration { provider: provider(), load: "x".to_owned() }, "The catalog has no integration gone."),
        (Route::TeamMember("somebody".to_owned()), "This member is no longer on the list."),
        (Route::RotationDone(credential), "This credential is not on the rotation list."),
    ] {
        let mut stage = Stage::empty(Theme::colored(false));
        stage.resize(120, 40);
        let before = stage.frame();
        stage.visit(route.clone());
        let frame = stage.frame();
        assert!(frame.contains(words), "{route:?}\n{frame}");
        assert_eq!(frame.lines().next(), before.lines().next(), "{route:?}");
    }
}

#[test]
fn a_recovery_with_two_different_passphrases_does_not_begin() {
    let mut stage = Stage::first_run(Theme::colored(false));
    stage.visit(Route::RecoverVault).resize(120, 40);
    for text in ["/kit.txt", "AGE-SECRET-KEY-1", "one passphrase of mine", "another passphrase"] {
        stage.typed(text).keys("enter");
    }
    let frame = stage.frame();
    assert!(frame.contains("The two passphrases differ. Correct one of them; ctrl-t shows both."), "{frame}");
    assert!(stage.waiting.is_none());
}
