using SpectralEarth.Shards;
using SpectralEarth.Tasks.Finetuning;
using SpectralEarth.Tasks.Metrics;

namespace SpectralEarth.Tests.Tasks;

public sealed class OverlapSumsTests
{
    private const byte None = ConfusionMatrix.Ignore;

    [Test]
    public void A_pixel_in_two_patches_gets_the_class_of_their_mean_and_counts_once()
    {
        // Patches of 2 x 2 pixels, the second one column to the right: its left column is the first one's right column.
        PatchInfo[] patches = [At(row: 0, column: 0), At(row: 0, column: 1)];
        byte[] reference = [0, 1, None, 0, 1, 1, 0, 1];
        float[] probabilities =
        [
            .9f, .4f, .5f, .6f,
            .1f, .6f, .5f, .4f,
            .9f, .2f, .1f, .3f,
            .1f, .8f, .9f, .7f,
        ];
        var ground = new OverlapSums(classes: 2, side: 2);

        ground.Add(patches, reference, probabilities);
        var found = ground.Take(patches, reference);

        Assert.That(reference, Is.EqualTo(new byte[] { 0, 1, None, 0, None, 1, None, 1 }));
        Assert.That((found[0], found[1], found[3], found[5], found[7]), Is.EqualTo(((byte)0, (byte)0, (byte)1, (byte)1, (byte)1)));
    }

    private static PatchInfo At(int row, int column) => LabelledDataset.Info(row, column, labelled: true);
}
