using ScottPlot;

namespace SpectralEarth.Reports;

/// <content>Maps.</content>
internal sealed partial class ChartCanvas
{
    /// <summary>Smallest side of an area that is drawn as such, pixels.</summary>
    private const double SmallestArea = 5;

    /// <summary>Adds areas, each kind in a colour of its own.</summary>
    /// <param name="kinds">Areas.</param>
    /// <param name="width">Width of the drawing within the axes, pixels.</param>
    /// <param name="height">Height of the drawing within the axes, pixels.</param>
    public void Map(IReadOnlyList<MapAreas> kinds, double width, double height)
    {
        var corners = kinds.SelectMany(kind => kind.Areas).SelectMany(area => area).ToArray();
        if (corners.Length == 0)
            return;
        var (west, east) = (corners.Min(corner => corner.Longitude), corners.Max(corner => corner.Longitude));
        var (south, north) = (corners.Min(corner => corner.Latitude), corners.Max(corner => corner.Latitude));
        var shrink = Math.Max(Math.Cos((south + north) / 2 * Math.PI / 180), 0.05);
        // Degrees of latitude per pixel, such that all fits with a margin.
        var scale = 1.1 * Math.Max(Math.Max((east - west) * shrink / width, (north - south) / height), 1e-9);
        var first = kinds.First(kind => kind.Areas.Count > 0).Areas[0];
        var areAreas = first.Max(corner => corner.Latitude) - first.Min(corner => corner.Latitude) >= SmallestArea * scale;
        for (var kind = 0; kind < kinds.Count; kind++)
        {
            if (areAreas)
                Polygons(kinds[kind], Palette[kind % Palette.Length]);
            else
                Dots(kinds[kind], Palette[kind % Palette.Length]);
        }

        var (halfWidth, halfHeight) = (scale * width / shrink / 2, scale * height / 2);
        plot.Axes.SetLimits(((west + east) / 2) - halfWidth, ((west + east) / 2) + halfWidth, ((south + north) / 2) - halfHeight, ((south + north) / 2) + halfHeight);
    }

    private void Polygons(MapAreas kind, Color color)
    {
        var name = kind.Name;
        foreach (var area in kind.Areas)
        {
            var polygon = plot.Add.Polygon([.. area.Select(corner => new Coordinates(corner.Longitude, corner.Latitude))]);
            polygon.FillColor = color.WithAlpha(0.35);
            polygon.LineColor = color;
            polygon.LineWidth = 0.7f;
            polygon.LegendText = name;
            name = "";
        }
    }

    private void Dots(MapAreas kind, Color color)
    {
        var dots = plot.Add.ScatterPoints(
            kind.Areas.Select(area => area.Average(corner => corner.Longitude)).ToArray(),
            kind.Areas.Select(area => area.Average(corner => corner.Latitude)).ToArray(), color);
        dots.MarkerSize = (float)SmallestArea;
        dots.LegendText = kind.Name;
    }
}
