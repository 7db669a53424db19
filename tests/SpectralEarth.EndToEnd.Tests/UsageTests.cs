namespace SpectralEarth.EndToEnd.Tests;

[Parallelizable]
public sealed class UsageTests
{
    [TestCase("inspect")]
    [TestCase("synth")]
    [TestCase("tile")]
    [TestCase("pretrain")]
    [TestCase("finetune")]
    [TestCase("predict")]
    [TestCase("evaluate")]
    [TestCase("embed")]
    [TestCase("similar")]
    [TestCase("baseline")]
    [TestCase("benchmark")]
    [TestCase("export")]
    [TestCase("import")]
    [TestCase("demo")]
    [TestCase("dataset")]
    [TestCase("dataset info")]
    [TestCase("dataset verify")]
    [TestCase("dataset split")]
    [TestCase("dataset merge")]
    [TestCase("dataset import")]
    [TestCase("dataset export")]
    [TestCase("dataset preview")]
    public void Help_of_every_verb_shows_its_options_and_an_example(string verb)
    {
        var run = ProgramRun.Succeeds([.. verb.Split(' '), "--help"]);

        Assert.That(run.Output, Does.Contain("--verbose").And.Contain("--quiet").And.Contain("Examples:"));
        Assert.That(run.Output, Does.Contain($"  spectralearth {verb}"));
    }

    [Test]
    public void An_unknown_verb_is_bad_usage()
    {
        var run = ProgramRun.Of("tyle");

        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Messages, Does.Contain("tyle"));
    }

    [TestCase("--size", "20")]
    [TestCase("--scenes", "0")]
    [TestCase("--dates", "-1")]
    public void Sizes_outside_their_range_are_bad_usage(string option, string value)
    {
        var run = ProgramRun.Of("synth", "--out", "nowhere", option, value);

        Assert.That(run.ExitCode, Is.EqualTo(2), run.All);
        Assert.That(run.Messages, Does.Contain("must lie from"));
    }

    [TestCase("tile", "--patchsize")]
    [TestCase("predict", "--overlp")]
    public void A_mistyped_option_is_not_taken_for_a_scene(string verb, string option)
    {
        var run = ProgramRun.Of(verb, "somewhere", option, "1", "--checkpoint", "none", "--out", "nowhere");

        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Messages, Does.Contain($"{option} is no option of this verb"));
    }

    [Test]
    public void A_missing_option_is_bad_usage_and_is_named()
    {
        var run = ProgramRun.Of("tile", "somewhere");

        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Messages, Does.Contain("--out"));
    }
}
