using SpectralEarth.Checkpoints;
using SpectralEarth.Storage;
using SpectralEarth.Training.Monitoring;

namespace SpectralEarth.Tests.Training;

/// <summary>Checkpoints of a pretraining run that are damaged, gone, or cannot be written.</summary>
public sealed class RunCheckpointTests : PretrainFixture
{
    [Test]
    public void Damaged_newest_checkpoint_is_set_aside_and_the_one_before_is_used()
    {
        using (var run = TinyRecipe.Open(Folder.File("straight"), Data))
            _ = run.Steps().Last();
        using (var run = TinyRecipe.Open(Folder.File("run"), Data))
            _ = run.Steps().Take(5).Last();
        FlipLastByte(Folder.File("run/checkpoints/step-00000004.safetensors"));
        var log = new LogList();

        using (var run = TinyRecipe.Open(Folder.File("run"), Data, log: log.Logger))
        {
            Assert.That(run.StepsDone, Is.EqualTo(2));
            _ = run.Steps().Last();
        }

        Assert.That(log.Warnings, Has.One.Contains("step-00000004.safetensors.damaged"));
        Assert.That(File.Exists(Folder.File("run/checkpoints/step-00000004.safetensors.damaged")));
        Assert.That(Checksum.OfFile(Folder.File("run/checkpoints/step-00000007.safetensors")), Is.EqualTo(Checksum.OfFile(Folder.File("straight/checkpoints/step-00000007.safetensors"))));
    }

    [Test]
    public void Checkpoint_of_another_step_than_its_name_says_is_set_aside()
    {
        using (var run = TinyRecipe.Open(Folder.File("run"), Data))
            _ = run.Steps().Take(5).Last();
        File.Move(Folder.File("run/checkpoints/step-00000004.safetensors"), Folder.File("run/checkpoints/step-00000006.safetensors"));

        using (var run = TinyRecipe.Open(Folder.File("run"), Data))
            Assert.That(run.StepsDone, Is.EqualTo(2));

        Assert.That(File.Exists(Folder.File("run/checkpoints/step-00000006.safetensors.damaged")));
    }

    [Test]
    public void Stray_file_beside_the_checkpoints_neither_stops_a_run_nor_takes_the_place_of_one()
    {
        using (var run = TinyRecipe.Open(Folder.File("run"), Data))
            _ = run.Steps().Take(5).Last();
        File.Copy(Folder.File("run/checkpoints/step-00000002.safetensors"), Folder.File("run/checkpoints/step-final.safetensors"));

        using (var run = TinyRecipe.Open(Folder.File("run"), Data, TinyRecipe.Recipe with { KeepCheckpoints = 2 }))
        {
            Assert.That(run.StepsDone, Is.EqualTo(4));
            _ = run.Steps().Last();
        }

        Assert.That(Names("run/checkpoints"), Is.EqualTo(new[] { "step-00000006.safetensors", "step-00000007.safetensors", "step-final.safetensors" }));
    }

    [Test]
    public void Run_without_a_single_whole_checkpoint_is_refused_instead_of_begun_again()
    {
        using (var run = TinyRecipe.Open(Folder.File("run"), Data))
            _ = run.Steps().Take(2).Last();
        File.WriteAllBytes(Folder.File("run/checkpoints/step-00000002.safetensors"), new byte[100]);

        for (var start = 0; start < 2; start++)
            Assert.That(() => TinyRecipe.Open(Folder.File("run"), Data), Throws.TypeOf<CheckpointException>().With.Message.Contains("none of 1 checkpoints"));
        Assert.That(Names("run/checkpoints"), Is.EqualTo(new[] { "step-00000002.safetensors" }));
    }

    [Test]
    public void Lowered_number_of_kept_checkpoints_makes_room_before_the_next_is_written()
    {
        using (var run = TinyRecipe.Open(Folder.File("run"), Data))
            _ = run.Steps().Take(6).Last();
        FlipLastByte(Folder.File("run/checkpoints/step-00000006.safetensors"));

        using (var run = TinyRecipe.Open(Folder.File("run"), Data, TinyRecipe.Recipe with { KeepCheckpoints = 1 }))
            Assert.That(run.StepsDone, Is.EqualTo(4));

        Assert.That(Names("run/checkpoints"), Is.EqualTo(new[] { "step-00000004.safetensors", "step-00000006.safetensors.damaged" }), "the newest that is whole stays");
    }

    [Test]
    public void Run_whose_checkpoints_were_deleted_is_refused_but_one_that_wrote_none_begins_again()
    {
        using (var run = TinyRecipe.Open(Folder.File("early"), Data))
            _ = run.Steps().First();
        using (var run = TinyRecipe.Open(Folder.File("run"), Data))
            _ = run.Steps().Take(2).Last();
        File.Delete(Folder.File("run/checkpoints/step-00000002.safetensors"));

        using (var run = TinyRecipe.Open(Folder.File("early"), Data))
            Assert.That(run.StepsDone, Is.Zero);
        Assert.That(() => TinyRecipe.Open(Folder.File("run"), Data), Throws.TypeOf<CheckpointException>().With.Message.Contains("there is no checkpoint"));
        Assert.That(MetricsFile.Read(Folder.File("run/metrics.csv")), Is.Not.Empty);
    }

    [Test]
    public void Failed_checkpoint_write_is_logged_and_training_goes_on()
    {
        var log = new LogList();
        using (var run = TinyRecipe.Open(Folder.File("run"), Data, log: log.Logger))
        {
            foreach (var report in run.Steps())
            {
                // A folder in the way of the file makes the write of step 4 fail, as a full disk would.
                if (report.Step == 3)
                    Directory.CreateDirectory(Folder.File("run/checkpoints/step-00000004.safetensors/x"));
                if (report.Step == 4)
                    Assert.That(File.Exists(Folder.File("run/checkpoints/step-00000002.safetensors")), "The previous checkpoint is still there.");
            }
        }

        Assert.That(log.Errors, Has.One.Contains("step 4 could not be written").And.One.Contains("the previous checkpoint is still valid"));
        Assert.That(File.Exists(Folder.File("run/checkpoints/step-00000007.safetensors")));
    }

    [Test]
    public void Failed_write_of_the_first_checkpoint_says_that_there_is_none()
    {
        var log = new LogList();
        using var run = TinyRecipe.Open(Folder.File("run"), Data, log: log.Logger);
        Directory.CreateDirectory(Folder.File("run/checkpoints/step-00000002.safetensors/x"));

        _ = run.Steps().Last();

        Assert.That(log.Errors, Has.One.Contains("step 2 could not be written; training goes on, but there is no checkpoint yet"));
    }

    [Test]
    public void Failed_write_at_the_step_of_a_stop_is_tried_again_and_fails_the_run()
    {
        var log = new LogList();
        using var cancel = new CancellationTokenSource();
        using var run = TinyRecipe.Open(Folder.File("run"), Data, log: log.Logger);
        Directory.CreateDirectory(Folder.File("run/checkpoints/step-00000004.safetensors/x"));

        Assert.That(() =>
        {
            foreach (var report in run.Steps(cancel.Token))
            {
                if (report.Step == 4)
                    cancel.Cancel();
            }
        }, Throws.InstanceOf<IOException>());

        Assert.That(log.Errors, Has.One.Contains("step 4 could not be written"));
        Assert.That(Names("run/checkpoints"), Is.EqualTo(new[] { "step-00000002.safetensors" }));
    }

    private string[] Names(string path) => [.. Directory.GetFiles(Folder.File(path)).Select(Path.GetFileName).Order(StringComparer.Ordinal)!];

    private static void FlipLastByte(string path)
    {
        var bytes = File.ReadAllBytes(path);
        bytes[^1] ^= 1;
        File.WriteAllBytes(path, bytes);
    }
}
