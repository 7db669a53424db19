using SpectralEarth.Shards;

namespace SpectralEarth.Tasks.Finetuning;

/// <summary>The ground and the scenes that a network was trained on.</summary>
internal sealed class TrainingGround
{
    private readonly Dictionary<(int Epsg, long Row, long Column), List<PatchInfo>> cells = [];
    private readonly HashSet<string> scenes;
    private readonly double sideM;

    /// <param name="dataset">Data set.</param>
    /// <param name="patches">Catalog indices of the training patches.</param>
    public TrainingGround(Dataset dataset, IReadOnlyList<int> patches)
    {
        sideM = SideM(dataset);
        scenes = patches.Select(index => dataset.Catalog[index].SceneId).ToHashSet(StringComparer.Ordinal);
        foreach (var patch in patches.Select(index => dataset.Catalog[index]))
        {
            var cell = (patch.Epsg, Cell(patch.Top), Cell(patch.Left));
            if (!cells.TryGetValue(cell, out var here))
                cells.Add(cell, here = []);
            here.Add(patch);
        }
    }

    /// <summary>Number of patches, of this or another data set, that show some of the ground. Different UTM zones are taken for different ground.</summary>
    public int PatchesOn(Dataset dataset, IReadOnlyList<int> patches) => patches.Count(index => IsOn(dataset.Catalog[index], SideM(dataset)));

    /// <summary>Number of scenes, of those given, that supplied training patches.</summary>
    public int ScenesIn(IEnumerable<string> evaluated) => evaluated.Count(scenes.Contains);

    private bool IsOn(PatchInfo patch, double otherSideM)
    {
        // A training patch overlaps if its corner lies less than its own side before, or the other's side behind, the other's corner.
        for (var row = Cell(patch.Top - otherSideM); row <= Cell(patch.Top + sideM); row++)
            for (var column = Cell(patch.Left - sideM); column <= Cell(patch.Left + otherSideM); column++)
                foreach (var trained in cells.GetValueOrDefault((patch.Epsg, row, column)) ?? [])
                    if (trained.Top > patch.Top - otherSideM && trained.Top < patch.Top + sideM
                        && trained.Left > patch.Left - sideM && trained.Left < patch.Left + otherSideM)
                        return true;
        return false;
    }

    private long Cell(double metres) => (long)Math.Floor(metres / sideM);

    private static double SideM(Dataset dataset) => dataset.Manifest.PatchSize * dataset.Manifest.PixelSizeM;
}
